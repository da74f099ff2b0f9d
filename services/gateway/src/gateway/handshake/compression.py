"""permessage-deflate where messages may be dropped or are looked into: each must stand for itself (RFC 7692, 7.1.1).

Otherwise extensions are negotiated end to end. Here the backend is asked for ``server_no_context_takeover`` in every
offer, and the client, which must obey whether it offered this or not, is told ``client_no_context_takeover`` in the
answer. Extensions that the gateway does not know are not offered on. A client that offers nothing gets nothing.
"""

from collections.abc import Sequence
from typing import Final

from gateway.http1.header_field import HeaderField, list_members
from gateway.session.extensions import NO_EXTENSIONS, UNKNOWN_EXTENSIONS, Extensions, permessage_deflate

EXTENSIONS: Final = "sec-websocket-extensions"
_WRITTEN: Final = "Sec-WebSocket-Extensions"
_DEFLATE: Final = "permessage-deflate"
_SERVER: Final = "server_no_context_takeover"
_CLIENT: Final = "client_no_context_takeover"


def separating_offer(headers: tuple[HeaderField, ...]) -> tuple[HeaderField, ...]:
    """The client's headers, as the backend is shown them; each of several fallback offers asks for the same."""
    return _rewritten(headers, parameter=_SERVER)


def separating_answer(headers: tuple[HeaderField, ...]) -> tuple[HeaderField, ...]:
    """The backend's headers, as the client is shown them."""
    return _rewritten(headers, parameter=_CLIENT)


def negotiated(headers: Sequence[HeaderField]) -> Extensions:
    """What the answer that the client is shown means for frames.

    A backend that does not say ``server_no_context_takeover`` although asked is taken at its word.
    """
    chosen = list_members(headers, EXTENSIONS)
    if not chosen:
        return NO_EXTENSIONS
    if len(chosen) > 1 or _name(chosen[0]) != _DEFLATE:
        return UNKNOWN_EXTENSIONS
    parameters = _parameters(chosen[0])
    return permessage_deflate(client_takes_over=_CLIENT not in parameters, server_takes_over=_SERVER not in parameters)


def _rewritten(headers: tuple[HeaderField, ...], *, parameter: str) -> tuple[HeaderField, ...]:
    others = tuple([field for field in headers if field.name != EXTENSIONS])
    if len(others) == len(headers):
        return headers
    members = [each for each in list_members(headers, EXTENSIONS) if _name(each) == _DEFLATE]
    if not members:
        return others
    value = ", ".join(each if parameter in _parameters(each) else f"{each}; {parameter}" for each in members)
    return (*others, HeaderField(EXTENSIONS, _WRITTEN, value))


def _name(member: str) -> str:
    return member.partition(";")[0].strip(" \t").lower()


def _parameters(member: str) -> set[str]:
    return {part.partition("=")[0].strip(" \t").lower() for part in member.split(";")[1:]}
