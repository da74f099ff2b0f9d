"""The backend's answer to the upgrade: an incremental, strict reader (RFC 6455, 4.1).

Promises that what it accepts is a 101 for this very key, with nothing the client did not offer. Anything else is an
UpstreamError; redirects are not followed. Bytes behind the head are the backend's first frames.
"""

import hashlib
import re
from binascii import b2a_base64
from collections.abc import Sequence
from typing import Final

from gateway.http1.errors import MalformedHead
from gateway.http1.head import Head
from gateway.http1.head_buffer import HeadBuffer
from gateway.http1.header_field import HOP_BY_HOP, HeaderField, split_head
from gateway.upstream.errors import BackendRefused, InvalidBackendAnswer
from gateway.upstream.request import UpgradeOffer

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# To copy it costs less than to ask OpenSSL for a new one.
_SHA1: Final = hashlib.sha1(usedforsecurity=False)
_USUAL_STATUS_LINE: Final = "HTTP/1.1 101 Switching Protocols"
_STATUS_LINE: Final = re.compile(r"HTTP/1\.1 ([1-9][0-9]{2})(?: .*)?")
# RFC 9110, 10.2.3: seconds, or a date in the preferred form (5.6.7).
_RETRY_AFTER = re.compile(r"[0-9]{1,5}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_DROPPED: Final = HOP_BY_HOP | {"content-length"}


class UpgradeAnswer:
    """An acceptance: the fields that belong to the client, the chosen subprotocol, the names of the extensions."""

    __slots__ = ("extensions", "first_frames", "headers", "subprotocol")

    def __init__(
        self,
        headers: tuple[HeaderField, ...],
        *,
        subprotocol: str | None,
        extensions: tuple[str, ...],
        first_frames: bytes,
    ) -> None:
        self.headers = headers
        self.subprotocol = subprotocol
        self.extensions = extensions
        self.first_frames = first_frames


class ResponseHeadParser:
    """Feed it what the backend sends until it returns an answer or raises."""

    __slots__ = ("_buffer", "_offer")

    def __init__(self, offer: UpgradeOffer) -> None:
        self._buffer = HeadBuffer()
        self._offer = offer

    def feed(self, chunk: bytes) -> UpgradeAnswer | None:
        """Return the acceptance once its head is whole. Raises BackendRefused or InvalidBackendAnswer."""
        try:
            found = self._buffer.feed(chunk)
            if found is None:
                if not b"HTTP/1.1 ".startswith(self._buffer.starts_with(9)):
                    raise InvalidBackendAnswer("The answer is not HTTP/1.1.")
                return None
            status_line, headers = split_head(found[0])
        except MalformedHead as error:
            raise InvalidBackendAnswer(error.reason) from error
        return _accept(status_line, Head(tuple(headers)), offer=self._offer, first_frames=found[1])


def accept_value(key: str) -> str:
    """The Sec-WebSocket-Accept that belongs to a Sec-WebSocket-Key (RFC 6455, 4.2.2)."""
    digest = _SHA1.copy()
    digest.update(key.encode("latin-1") + _GUID)
    return b2a_base64(digest.digest(), newline=False).decode("ascii")


def _accept(status_line: str, head: Head, *, offer: UpgradeOffer, first_frames: bytes) -> UpgradeAnswer:
    if status_line != _USUAL_STATUS_LINE:
        _check_status(status_line, head)
    if not head.holds_member("upgrade", "websocket") or not head.holds_member("connection", "upgrade"):
        raise InvalidBackendAnswer("The 101 does not switch to websocket.")
    if head.values("sec-websocket-accept") != [accept_value(offer.key)]:
        raise InvalidBackendAnswer("The Sec-WebSocket-Accept is not the one for this key.")
    return UpgradeAnswer(
        _end_to_end(head),
        subprotocol=_chosen_subprotocol(head, offer),
        extensions=_chosen_extensions(head, offer),
        first_frames=first_frames,
    )


def _check_status(status_line: str, head: Head) -> None:
    match = _STATUS_LINE.fullmatch(status_line)
    if match is None:
        raise InvalidBackendAnswer("The answer is not HTTP/1.1.")
    status = int(match[1])
    if status != 101:
        raise BackendRefused(status, retry_after=_retry_after(head))


def _end_to_end(head: Head) -> tuple[HeaderField, ...]:
    named = [name.lower() for name in head.list_members("connection")]
    dropped = _DROPPED.union(named) - {"sec-websocket-accept"} if len(named) > 1 else _DROPPED
    return tuple([field for field in head.headers if field.name not in dropped])


def _chosen_subprotocol(head: Head, offer: UpgradeOffer) -> str | None:
    chosen = head.first("sec-websocket-protocol")
    if chosen is not None and (head.is_repeated("sec-websocket-protocol") or chosen not in offer.subprotocols):
        raise InvalidBackendAnswer("The backend chose a subprotocol that was not offered.")
    return chosen


def _chosen_extensions(head: Head, offer: UpgradeOffer) -> tuple[str, ...]:
    if head.first("sec-websocket-extensions") is None:
        return ()
    names = extension_names(head.list_members("sec-websocket-extensions"))
    if len(set(names)) != len(names) or not set(names).issubset(offer.extensions):
        raise InvalidBackendAnswer("The backend chose an extension that was not offered.")
    return names


def extension_names(members: Sequence[str]) -> tuple[str, ...]:
    """The names of what Sec-WebSocket-Extensions holds, without their parameters (RFC 6455, 9.1)."""
    return tuple([each.partition(";")[0].strip(" \t").lower() for each in members]) if members else ()


def _retry_after(head: Head) -> str | None:
    found = head.values("retry-after")
    return found[0] if len(found) == 1 and _RETRY_AFTER.fullmatch(found[0]) else None
