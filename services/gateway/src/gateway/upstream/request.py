"""The upgrade request to the backend, as bytes.

Promises that end-to-end headers go as they came, and that hop-by-hop and Connection-named ones, and those by which a
client could pose as the gateway, do not. Key, version, extensions and subprotocols are the client's own, so they are
negotiated end to end. No input can make a header line of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.http1.header_field import HOP_BY_HOP, HeaderField, list_members
from gateway.upstream.endpoint import Endpoint

# Written anew below, or the gateway's to say.
_REPLACED = frozenset({"host", "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol"})
_UNTRUSTED = frozenset({"authorization", "content-length", "expect", "forwarded", "x-real-ip", "x-jwt-assertion"})
_UNTRUSTED_PREFIXES: Final = ("x-forwarded-", "x-application-")
_DROPPED: Final = HOP_BY_HOP | _REPLACED | _UNTRUSTED


class UnsafeRequest(ValueError):
    """A part of the request holds a byte that would break it open; it is never sent."""


class UpgradeOffer:
    """What the client offers and the backend chooses from."""

    __slots__ = ("extensions", "key", "subprotocols")

    def __init__(self, key: str, subprotocols: tuple[str, ...] = (), extensions: tuple[str, ...] = ()) -> None:
        self.key = key
        self.subprotocols = subprotocols
        self.extensions = extensions


@dataclass(slots=True, init=False)
class Forwarded:
    """What the backend is told of the client's side: addresses (a list), scheme, and the Host it asked for."""

    for_: str
    proto: str
    host: str

    def __init__(self, for_: str, proto: str, host: str) -> None:
        self.for_ = for_
        self.proto = proto
        self.host = host


def build_upgrade_request(
    endpoint: Endpoint,
    *,
    sub_path: str,
    query: str,
    mapped: str | None = None,
    headers: Sequence[HeaderField],
    offer: UpgradeOffer,
    forwarded: Forwarded,
    extra_headers: Iterable[tuple[str, str]] = (),
) -> bytes:
    """Build the request. ``headers`` and ``query`` must be free of the gateway's credentials already. ``mapped``, a
    path with its query, takes the place of the endpoint's path and ``sub_path``.

    Raises UnsafeRequest.
    """
    lines = [
        f"GET {_target(endpoint, sub_path=sub_path, query=query, mapped=mapped)} HTTP/1.1",
        f"Host: {endpoint.authority}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {offer.key}",
        "Sec-WebSocket-Version: 13",
    ]
    if offer.subprotocols:
        lines.append("Sec-WebSocket-Protocol: " + ", ".join(offer.subprotocols))
    passed_on = end_to_end(headers)
    ours = tuple(extra_headers)
    if ours:
        # What the gateway says itself, no client says in its place.
        names = frozenset([name.lower() for name, _ in ours])
        passed_on = [field for field in passed_on if field.name not in names]
    lines += [f"{field.written_name}: {field.value}" for field in passed_on]
    lines += [
        f"X-Forwarded-For: {forwarded.for_}",
        f"X-Forwarded-Proto: {forwarded.proto}",
        f"X-Forwarded-Host: {forwarded.host}",
    ]
    lines += [f"{name}: {value}" for name, value in ours]
    return _join(lines)


def end_to_end(headers: Sequence[HeaderField]) -> list[HeaderField]:
    """The headers of a client that go on to the backend as they are."""
    named = list_members(headers, "connection")
    dropped = _DROPPED.union([name.lower() for name in named]) if len(named) > 1 else _DROPPED
    return [field for field in headers if field.name not in dropped and not field.name.startswith(_UNTRUSTED_PREFIXES)]


def _target(endpoint: Endpoint, *, sub_path: str, query: str, mapped: str | None) -> str:
    path = endpoint.path.rstrip("/") + sub_path if sub_path else endpoint.path
    own_query = endpoint.query
    if mapped is not None:
        path, _, own_query = mapped.partition("?")
    joined = f"{own_query}&{query}" if own_query and query else own_query or query
    target = (path or "/") + (f"?{joined}" if joined else "")
    if " " in target or not target.startswith("/"):
        raise UnsafeRequest("The request target is not a path.")
    return target


def _join(lines: list[str]) -> bytes:
    text = "".join(lines)
    if "\n" in text or "\r" in text or "\0" in text:
        raise UnsafeRequest("A header holds CR, LF or NUL.")
    try:
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    except UnicodeEncodeError as error:
        raise UnsafeRequest("A header holds a character that no header can carry.") from error
