"""The trace that a handshake belongs to (W3C Trace Context): the client's where it is valid, else one that begins here.

What the client's trace context says is passed on as it is; an invalid one is dropped with its `tracestate`.
"""

import re
import secrets
from collections.abc import Sequence

from gateway.http1.header_field import HeaderField, values

# Section 3.2.2: version ff is invalid, and so are ids of zeros. A later version may say more behind the flags.
_TRACEPARENT = re.compile(
    r"(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
    r"|(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)"
)
_OURS = frozenset({"traceparent", "tracestate"})


def with_trace_context(headers: Sequence[HeaderField]) -> tuple[HeaderField, ...]:
    """The headers, with a valid `traceparent`."""
    found = values(headers, "traceparent")
    if len(found) == 1 and _TRACEPARENT.fullmatch(found[0]):
        return tuple(headers)
    kept = (field for field in headers if field.name not in _OURS)
    return (*kept, HeaderField("traceparent", "traceparent", new_traceparent()))


def new_traceparent() -> str:
    """A trace that begins here and is not recorded."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
