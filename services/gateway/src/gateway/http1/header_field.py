"""Header fields: parsing their lines strictly, and reading lists out of them (RFC 9110, section 5; RFC 9112, 5).

Promises that names are tokens and values hold no control character but the tab. Values are kept as Latin-1 text, so
that they leave byte for byte as they came. Lenient forms (folded lines, space before the colon) are errors: what two
parsers read differently is how requests are smuggled.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NoReturn

from gateway.http1.errors import FirstLineTooLong, HeaderTooLarge, MalformedHead
from gateway.http1.head_buffer import MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES

TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# Every byte but control bytes, of which only the tab is one of these.
_PLAIN: Final = bytes(byte for byte in range(256) if byte >= 0x20 and byte != 0x7F) + b"\t"

# RFC 9110, 7.6.1, and those that proxies are told to treat alike.
HOP_BY_HOP: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


# What upgrades usually carry, as it is usually written: names that need not be checked letter by letter.
_USUAL_NAMES = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection", "Content-Length",
    "Cookie", "Date", "Host", "Origin", "Pragma", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Server", "Traceparent", "Tracestate",
    "Upgrade", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
)  # fmt: skip
_LOWER_CASE: Final = {written: name.lower() for name in _USUAL_NAMES for written in (name, name.lower())}


@dataclass(slots=True, init=False)
class HeaderField:
    """One field line: its name in lower case, the name as it was written, the value without outer space."""

    name: str
    written_name: str
    value: str

    def __init__(self, name: str, written_name: str, value: str) -> None:
        self.name = name
        self.written_name = written_name
        self.value = value


def split_head(head: bytes) -> tuple[str, list[HeaderField]]:
    """Return the first line and the header fields of a whole head (without its empty line).

    Raises MalformedHead, FirstLineTooLong or HeaderTooLarge.
    """
    lines = head.decode("latin-1").split("\r\n")
    # One CR and one LF for each pair that was split at; any other control byte would make it more.
    if len(head.translate(None, _PLAIN)) != 2 * (len(lines) - 1):
        _raise_forbidden(head)
    first_line = lines.pop(0)
    if len(first_line) > MAX_LINE_BYTES:
        raise FirstLineTooLong("The first line is too long.")
    if len(lines) > MAX_HEADERS or len(head) > MAX_HEAD_BYTES:
        raise HeaderTooLarge("There are too many header fields.")
    return first_line, [_parse_line(line) for line in lines]


def values(fields: Iterable[HeaderField], name: str) -> list[str]:
    """The values of every field called ``name`` (lower case), in order."""
    return [field.value for field in fields if field.name == name]


def split_list(value: str) -> list[str]:
    """The members of one line of a comma-separated list field (RFC 9110, 5.6.1); empty ones left out."""
    return [member for part in value.split(",") if (member := part.strip(" \t"))]


def list_members(fields: Iterable[HeaderField], name: str) -> list[str]:
    """The members of a comma-separated list field, over all its lines."""
    return [member for value in values(fields, name) for member in split_list(value)]


def _parse_line(line: str) -> HeaderField:
    if len(line) > MAX_LINE_BYTES:
        raise HeaderTooLarge("A header line is too long.")
    written_name, colon, value = line.partition(":")
    name = _LOWER_CASE.get(written_name)
    if name is None:
        if not TOKEN.fullmatch(written_name):
            raise MalformedHead(_why_not_a_name(line))
        name = written_name.lower()
    if not colon:
        raise MalformedHead(_why_not_a_name(line))
    return HeaderField(name, written_name, value.strip(" \t"))


def _why_not_a_name(line: str) -> str:
    if line[:1] in {" ", "\t"}:
        return "A header field is folded over two lines."
    if line.partition(":")[0].rstrip(" \t") != line.partition(":")[0]:
        return "There is space between a header name and its colon."
    return "A header line is not a name and a value."


def _raise_forbidden(head: bytes) -> NoReturn:
    if len(head.partition(b"\n")[0]) > MAX_LINE_BYTES + 1:
        raise FirstLineTooLong("The first line is too long.")
    raise MalformedHead("The head holds a control character, or a line that does not end with CR LF.")
