"""The backend's answer to the upgrade: an incremental, strict reader (RFC 6455, 4.1).

Promises that what it accepts is a 101 for this very key, with nothing the client did not offer. Anything else is an
UpstreamError; redirects are not followed. Bytes behind the head are the backend's first frames.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.http1.errors import MalformedHead
from gateway.http1.head_buffer import HeadBuffer
from gateway.http1.header_field import HOP_BY_HOP, HeaderField, holds_member, list_members, split_head, values
from gateway.upstream.errors import BackendRefused, InvalidBackendAnswer
from gateway.upstream.request import UpgradeOffer

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_STATUS_LINE = re.compile(r"HTTP/1\.1 ([1-9][0-9]{2})(?: .*)?")
# RFC 9110, 10.2.3: seconds, or a date in the preferred form (5.6.7).
_RETRY_AFTER = re.compile(r"[0-9]{1,5}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
_DROPPED = HOP_BY_HOP | {"content-length"}


@dataclass(frozen=True, slots=True)
class UpgradeAnswer:
    """An acceptance: the fields that belong to the client, the chosen subprotocol, the names of the extensions."""

    headers: tuple[HeaderField, ...]
    subprotocol: str | None
    extensions: tuple[str, ...]
    first_frames: bytes


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
        return _accept(status_line, headers, offer=self._offer, first_frames=found[1])


def accept_value(key: str) -> str:
    """The Sec-WebSocket-Accept that belongs to a Sec-WebSocket-Key (RFC 6455, 4.2.2)."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID, usedforsecurity=False).digest()).decode()


def _accept(status_line: str, headers: list[HeaderField], *, offer: UpgradeOffer, first_frames: bytes) -> UpgradeAnswer:
    match = _STATUS_LINE.fullmatch(status_line)
    if match is None:
        raise InvalidBackendAnswer("The answer is not HTTP/1.1.")
    status = int(match[1])
    if status != 101:
        raise BackendRefused(status, retry_after=_retry_after(headers))
    if not holds_member(headers, "upgrade", "websocket") or not holds_member(headers, "connection", "upgrade"):
        raise InvalidBackendAnswer("The 101 does not switch to websocket.")
    if values(headers, "sec-websocket-accept") != [accept_value(offer.key)]:
        raise InvalidBackendAnswer("The Sec-WebSocket-Accept is not the one for this key.")
    subprotocol = _chosen_subprotocol(headers, offer)
    extensions = _chosen_extensions(headers, offer)
    named = {name.lower() for name in list_members(headers, "connection")} - {"sec-websocket-accept"}
    kept = tuple(field for field in headers if field.name not in _DROPPED and field.name not in named)
    return UpgradeAnswer(kept, subprotocol, extensions, first_frames)


def _chosen_subprotocol(headers: list[HeaderField], offer: UpgradeOffer) -> str | None:
    chosen = values(headers, "sec-websocket-protocol")
    if not chosen:
        return None
    if len(chosen) > 1 or chosen[0] not in offer.subprotocols:
        raise InvalidBackendAnswer("The backend chose a subprotocol that was not offered.")
    return chosen[0]


def _chosen_extensions(headers: list[HeaderField], offer: UpgradeOffer) -> tuple[str, ...]:
    names = tuple(extension_names(headers))
    if len(set(names)) != len(names) or not set(names) <= set(offer.extensions):
        raise InvalidBackendAnswer("The backend chose an extension that was not offered.")
    return names


def extension_names(headers: Iterable[HeaderField]) -> list[str]:
    """The names in Sec-WebSocket-Extensions, without their parameters (RFC 6455, 9.1)."""
    return [each.partition(";")[0].strip(" \t").lower() for each in list_members(headers, "sec-websocket-extensions")]


def _retry_after(headers: list[HeaderField]) -> str | None:
    found = values(headers, "retry-after")
    return found[0] if len(found) == 1 and _RETRY_AFTER.fullmatch(found[0]) else None
