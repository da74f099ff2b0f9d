"""The head of the client's request: an incremental, strict reader (RFC 9112).

Promises a RequestHead, or the Refusal of the first thing that is wrong, as soon as it can be known; bytes that cannot
begin a request line are refused at once. Whether the request is an upgrade is asked in ``upgrade``.
"""

import re
from collections.abc import Mapping, Sequence

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.handshake.target import MalformedTarget, parse_target
from gateway.http1.errors import FirstLineTooLong, HeaderTooLarge, MalformedHead
from gateway.http1.head_buffer import HeadBuffer
from gateway.http1.header_field import HeaderField, split_head, split_list, values_by_name

_REQUEST_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}) ([!-~]+) HTTP/([0-9]\.[0-9])")
_BEGINNING = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}(?: .*)?", re.DOTALL)
HOST = re.compile(r"(?:[A-Za-z0-9.\-_]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_AT_MOST_ONCE = ("authorization", "origin", "sec-websocket-key", "sec-websocket-version", "content-length")


class RequestHead:
    """What the client asked. ``path`` is normal (see ``target``), ``query`` as written, ``host`` with its port.

    It has no telling repr, because it holds credentials.
    """

    __slots__ = ("_values", "headers", "host", "method", "path", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        host: str,
        headers: tuple[HeaderField, ...],
        *,
        values: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.host = host
        self.headers = headers
        self._values = values_by_name(headers) if values is None else values

    def first(self, name: str) -> str | None:
        """The value of the first field called ``name`` (lower case), or None."""
        found = self._values.get(name)
        return found[0] if found else None

    def list_members(self, name: str) -> list[str]:
        """The members of a comma-separated list field, over all its lines (RFC 9110, 5.6.1)."""
        return [member for value in self._values.get(name, ()) for member in split_list(value)]

    def holds_member(self, name: str, member: str) -> bool:
        """Whether the list field ``name`` has ``member``, without regard to case."""
        return any(each.lower() == member for each in self.list_members(name))


class RequestHeadParser:
    """Feed it what the client sends until it returns something."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = HeadBuffer()

    def feed(self, chunk: bytes) -> RequestHead | Refusal | None:
        """Return the head, or a refusal, or None while more is needed."""
        try:
            found = self._buffer.feed(chunk)
            if found is None:
                return self._check_beginning()
            request_line, headers = split_head(found[0])
        except FirstLineTooLong:
            return refusals.URI_TOO_LONG
        except HeaderTooLarge:
            return refusals.HEADERS_TOO_LARGE
        except MalformedHead as error:
            return refusals.MALFORMED_REQUEST.described(error.reason)
        if found[1]:
            # RFC 6455, 4.1: the client waits for the answer. What comes earlier is a body or a smuggled request.
            return refusals.MALFORMED_REQUEST.described("There are bytes behind the request head.")
        return _read_head(request_line, headers)

    def _check_beginning(self) -> Refusal | None:
        if _BEGINNING.fullmatch(self._buffer.starts_with(22)):
            return None
        return refusals.MALFORMED_REQUEST.described("This is not an HTTP request.")


def _read_head(request_line: str, headers: list[HeaderField]) -> RequestHead | Refusal:
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        return refusals.MALFORMED_REQUEST.described("The request line is not valid.")
    if match[3] != "1.1":
        return refusals.MALFORMED_REQUEST.described("Only HTTP/1.1 is spoken here.")
    try:
        target = parse_target(match[2])
    except MalformedTarget as error:
        return refusals.MALFORMED_REQUEST.described(str(error))
    fields = values_by_name(headers)
    problem = _problem_with(fields)
    if problem is not None:
        return refusals.MALFORMED_REQUEST.described(problem)
    return RequestHead(match[1], target.path, target.query, fields["host"][0], tuple(headers), values=fields)


def _problem_with(fields: Mapping[str, Sequence[str]]) -> str | None:
    hosts = fields.get("host", ())
    if len(hosts) != 1 or not HOST.fullmatch(hosts[0]):
        return "There must be exactly one valid Host header."
    for name in _AT_MOST_ONCE:
        if len(fields.get(name, ())) > 1:
            return f"The header {name} is there more than once."
    if "transfer-encoding" in fields:
        return "An upgrade has no Transfer-Encoding."
    if any(value != "0" for value in fields.get("content-length", ())):
        return "An upgrade has no body."
    return None
