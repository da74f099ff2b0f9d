"""The trace that a handshake belongs to (W3C Trace Context): the client's where it is valid, else one begun here.

What the client's trace context says is passed on as it is; an invalid one is dropped with its `tracestate`. A trace
that begins here has the session's id, so that the backend's log and ours can be put side by side.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from gateway.handshake.request_head import RequestHead
from gateway.http1.head import Head
from gateway.http1.header_field import HeaderField

# Section 3.2.2: version ff is invalid, and so are ids of zeros. A later version may say more behind the flags.
_TRACEPARENT = re.compile(
    r"(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
    r"|(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)"
)
_OURS = frozenset({"traceparent", "tracestate"})


class TraceContext:
    """What the backend is told. ``span`` belongs to whoever traces. Not a dataclass, for every handshake makes one."""

    __slots__ = ("span", "trace_id", "traceparent")

    def __init__(self, traceparent: str, trace_id: str, span: object = None) -> None:
        self.traceparent = traceparent
        self.trace_id = trace_id
        self.span = span


NO_TRACE = TraceContext("", "")


class Tracing(Protocol):
    """Traces handshakes, or not."""

    def begin(self, head: RequestHead, *, session_id: str) -> TraceContext:
        """A handshake has begun that will become this session, if any. Must be quick and must not raise."""


class NoTracing:
    """Records nothing; the trace context is handed on all the same."""

    def begin(self, head: RequestHead, *, session_id: str) -> TraceContext:
        """See Tracing."""
        found = valid_traceparent(head)
        if found is not None:
            return TraceContext(found, found[3:35])
        # Half of a random id is a random id, and costs no system call.
        return TraceContext(f"00-{session_id}-{session_id[16:]}-00", session_id)


def valid_traceparent(head: Head) -> str | None:
    """The client's, where there is one and it is valid."""
    found = head.first("traceparent")
    if found is None or head.is_repeated("traceparent"):
        return None
    return found if _TRACEPARENT.fullmatch(found) else None


def with_trace_context(headers: Sequence[HeaderField], trace: TraceContext, *, asked: Head) -> tuple[HeaderField, ...]:
    """The headers, which are some of ``asked``, with this ``traceparent``; ``tracestate`` stays where the trace is the
    client's.
    """
    told = HeaderField("traceparent", "traceparent", trace.traceparent)
    if asked.first("traceparent") is None and asked.first("tracestate") is None:
        return (*headers, told)
    found = valid_traceparent(asked)
    if found == trace.traceparent:
        return tuple(headers)
    dropped = {"traceparent"} if found is not None and found[3:35] == trace.trace_id else _OURS
    return (*[field for field in headers if field.name not in dropped], told)
