"""The head of the client's request: an incremental, strict reader (RFC 9112).

Promises a RequestHead, or the Refusal of the first thing that is wrong, as soon as it can be known; bytes that cannot
begin a request line are refused at once. Whether the request is an upgrade is asked in ``upgrade``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.handshake.target import MalformedTarget, Target, parse_target
from gateway.http1.errors import FirstLineTooLong, HeaderTooLarge, MalformedHead
from gateway.http1.head import Head
from gateway.http1.head_buffer import HeadBuffer
from gateway.http1.header_field import HeaderField, split_head

_REQUEST_LINE: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}) ([!-~]+) HTTP/([0-9]\.[0-9])")
_BEGINNING: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}(?: .*)?", re.DOTALL)
HOST: Final = re.compile(r"(?:[A-Za-z0-9.\-_]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_LONGEST_REMEMBERED: Final = 256
_AT_MOST_ONCE: Final = ("authorization", "origin", "sec-websocket-key", "sec-websocket-version", "content-length")


class RequestHead(Head):
    """What the client asked. ``path`` is normal (see ``target``), ``query`` as written, ``host`` with its port."""

    __slots__ = ("host", "method", "path", "query")

    def __init__(self, method: str, path: str, query: str, host: str, headers: tuple[HeaderField, ...]) -> None:
        super().__init__(headers)
        self.method = method
        self.path = path
        self.query = query
        self.host = host


class _Asked:
    """A request line; not to be changed."""

    __slots__ = ("method", "target")

    def __init__(self, method: str, target: Target) -> None:
        self.method = method
        self.target = target


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
    try:
        # Clients ask for the same few channels. A query may hold a token, and is not remembered.
        is_usual = len(request_line) <= _LONGEST_REMEMBERED and "?" not in request_line
        asked = _asked_before(request_line) if is_usual else _asked(request_line)
    except MalformedTarget as error:
        return refusals.MALFORMED_REQUEST.described(str(error))
    head = RequestHead(asked.method, asked.target.path, asked.target.query, "", tuple(headers))
    head.host = head.first("host") or ""
    problem = _problem_with(head)
    return head if problem is None else refusals.MALFORMED_REQUEST.described(problem)


def _asked(request_line: str) -> _Asked:
    """Raises MalformedTarget."""
    match = _REQUEST_LINE.fullmatch(request_line)
    if match is None:
        raise MalformedTarget("The request line is not valid.")
    if match[3] != "1.1":
        raise MalformedTarget("Only HTTP/1.1 is spoken here.")
    return _Asked(match[1], parse_target(match[2]))


_asked_before = lru_cache(maxsize=1024)(_asked)


def _problem_with(head: RequestHead) -> str | None:
    if head.is_repeated("host") or not HOST.fullmatch(head.host):
        return "There must be exactly one valid Host header."
    if head.repeats_any:
        for name in _AT_MOST_ONCE:
            if head.is_repeated(name):
                return f"The header {name} is there more than once."
    if head.first("transfer-encoding") is not None:
        return "An upgrade has no Transfer-Encoding."
    if head.first("content-length") not in {None, "0"}:
        return "An upgrade has no body."
    return None
