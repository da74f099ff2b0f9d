"""The one credential of a handshake: where it may be, and how it is taken out of what goes on to the backend.

Accepted: ``Authorization: Bearer`` (RFC 6750, 2.1), ``?access_token=`` (2.3), and for browsers the subprotocol
``sluice.bearer.<token>`` beside ``sluice.bearer``. The token itself is judged elsewhere. Cookies are never looked at.
An ``apikey`` is not a credential here: beside one it is an ordinary header or parameter, alone it earns a hint.
"""

import string
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_plus

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.handshake.request_head import RequestHead
from gateway.http1.header_field import HeaderField

BEARER_SUBPROTOCOL: Final = "sluice.bearer"
_TOKEN_PREFIX: Final = BEARER_SUBPROTOCOL + "."
_ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - the name of a parameter
_TOKEN_BYTES: Final = (string.ascii_letters + string.digits + "-._~+/").encode()


class CredentialPlace(StrEnum):
    """Where the token was."""

    HEADER = "header"
    QUERY = "query"
    SUBPROTOCOL = "subprotocol"


@dataclass(slots=True, init=False)
class Credential:
    """A token that has the right form; its text is kept out of the repr."""

    token: str = field(repr=False)
    place: CredentialPlace

    def __init__(self, token: str, place: CredentialPlace) -> None:
        self.token = token
        self.place = place


class ForwardableHead:
    """The head without its credentials. ``subprotocols`` are the application's own."""

    __slots__ = ("headers", "offers_bearer", "query", "subprotocols")

    def __init__(
        self, query: str, headers: tuple[HeaderField, ...], *, subprotocols: tuple[str, ...], offers_bearer: bool
    ) -> None:
        self.query = query
        self.headers = headers
        self.subprotocols = subprotocols
        self.offers_bearer = offers_bearer


def find_credential(head: RequestHead) -> Credential | Refusal:
    """Return the credential, or the refusal for none, several, or one of a kind that does not work."""
    authorization = head.first("authorization")
    in_query = [value for name, value in _parameters(head.query) if name == _ACCESS_TOKEN]
    offered = head.list_members("sec-websocket-protocol")
    in_subprotocols = [each[len(_TOKEN_PREFIX) :] for each in offered if each.startswith(_TOKEN_PREFIX)]
    count = (authorization is not None) + len(in_query) + len(in_subprotocols)
    if count > 1:
        return refusals.SEVERAL_CREDENTIALS
    if authorization is not None:
        return _from_header(authorization)
    if in_query:
        return _checked(in_query[0], CredentialPlace.QUERY)
    if in_subprotocols:
        return _checked(in_subprotocols[0], CredentialPlace.SUBPROTOCOL)
    return refusals.API_KEY_DOES_NOT_WORK if _has_api_key(head) else refusals.MISSING_CREDENTIALS


def without_credentials(head: RequestHead) -> ForwardableHead:
    """Take every credential out of what is forwarded, also of a request that needed none."""
    offered = head.list_members("sec-websocket-protocol")
    return ForwardableHead(
        _without_access_token(head.query),
        tuple([each for each in head.headers if each.name != "authorization"]),
        subprotocols=tuple([each for each in offered if not _is_ours(each)]) if offered else (),
        offers_bearer=BEARER_SUBPROTOCOL in offered,
    )


def _from_header(authorization: str) -> Credential | Refusal:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return _checked(token.strip(" "), CredentialPlace.HEADER)
    return refusals.BASIC_DOES_NOT_WORK if scheme.lower() == "basic" else refusals.UNKNOWN_SCHEME


def _checked(token: str, place: CredentialPlace) -> Credential | Refusal:
    return Credential(token, place) if _is_b64token(token) else refusals.INVALID_CREDENTIALS


def _is_b64token(token: str) -> bool:
    """RFC 6750, 2.1. A pattern takes four times as long for a token of usual length."""
    text = token.rstrip("=")
    return bool(text) and text.isascii() and not text.encode("ascii").translate(None, _TOKEN_BYTES)


def _is_ours(subprotocol: str) -> bool:
    return subprotocol == BEARER_SUBPROTOCOL or subprotocol.startswith(_TOKEN_PREFIX)


def _has_api_key(head: RequestHead) -> bool:
    return head.first("apikey") is not None or any(name == "apikey" for name, _ in _parameters(head.query))


def _parameters(query: str) -> list[tuple[str, str]]:
    """Names and values as the backend would decode them, so that no spelling of a name slips through."""
    if not query:
        return []
    pairs = [part.partition("=") for part in query.split("&") if part]
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def _without_access_token(query: str) -> str:
    if not query:
        return query
    return "&".join(part for part in query.split("&") if unquote_plus(part.partition("=")[0]) != _ACCESS_TOKEN)
