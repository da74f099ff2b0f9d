"""One credential, and none of it goes on."""

import pytest

from gateway.handshake.credentials import Credential, CredentialPlace, find_credential, without_credentials
from gateway.handshake.refusal import Refusal
from gateway.handshake.request_head import RequestHead
from gateway.http1.header_field import HeaderField


def head(query: str = "", **headers: str) -> RequestHead:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = tuple(HeaderField(name.lower(), name, value) for name, value in named.items())
    return RequestHead("GET", "/", query, "h", fields)


@pytest.mark.parametrize(
    ("request_head", "place"),
    [
        (head(Authorization="Bearer a.b-c_d"), CredentialPlace.HEADER),
        (head(Authorization="bEARER a.b-c_d"), CredentialPlace.HEADER),
        (head("x=1&access_token=a.b-c_d"), CredentialPlace.QUERY),
        (head("acces%73_token=a.b-c_d"), CredentialPlace.QUERY),
        (head(Sec_WebSocket_Protocol="chat, sluice.bearer, sluice.bearer.a.b-c_d"), CredentialPlace.SUBPROTOCOL),
        (head(Authorization="Bearer a.b-c_d", apikey="x"), CredentialPlace.HEADER),
        (head("apikey=x&access_token=a.b-c_d"), CredentialPlace.QUERY),
        (head(Authorization="Bearer a.b-c_d", Cookie="access_token=zz"), CredentialPlace.HEADER),
    ],
)
def test_token_is_found(request_head: RequestHead, place: CredentialPlace) -> None:
    assert find_credential(request_head) == Credential("a.b-c_d", place)


@pytest.mark.parametrize(
    ("request_head", "name"),
    [
        (head(), "missing-credentials"),
        (head(Cookie="access_token=a"), "missing-credentials"),
        (head(apikey="k"), "api-key-does-not-work"),
        (head("apikey=k"), "api-key-does-not-work"),
        (head(Authorization="Basic YTpi"), "basic-does-not-work"),
        (head(Authorization="Digest x"), "unknown-scheme"),
        (head(Authorization=""), "unknown-scheme"),
        (head(Authorization="Bearer"), "invalid-credentials"),
        (head(Authorization="Bearer a b"), "invalid-credentials"),
        (head("access_token="), "invalid-credentials"),
        (head(Sec_WebSocket_Protocol="sluice.bearer, sluice.bearer."), "invalid-credentials"),
        (head("access_token=a", Authorization="Bearer a"), "several-credentials"),
        (head("access_token=a", Authorization="Basic YTpi"), "several-credentials"),
        (head("access_token=a&access_token=a"), "several-credentials"),
        (head("access_token=a", Sec_WebSocket_Protocol="sluice.bearer.a"), "several-credentials"),
        (head(Sec_WebSocket_Protocol="sluice.bearer.a, sluice.bearer.b"), "several-credentials"),
    ],
)
def test_wrong_credentials_are_refused(request_head: RequestHead, name: str) -> None:
    refusal = find_credential(request_head)

    assert isinstance(refusal, Refusal)
    assert refusal.name == name
    challenged = any(header == "WWW-Authenticate" for header, _ in refusal.headers)
    assert refusal.status == (400 if name == "several-credentials" else 401)
    assert challenged


def test_nothing_of_the_credential_goes_on() -> None:
    request_head = head(
        "a=1&%61ccess_token=SECRET&b=%20",
        Authorization="Basic SECRET",
        Sec_WebSocket_Protocol="chat, sluice.bearer, sluice.bearer.SECRET, soap",
        Cookie="c=1",
    )

    forwardable = without_credentials(request_head)

    assert forwardable.query == "a=1&b=%20"
    assert forwardable.subprotocols == ("chat", "soap")
    assert forwardable.offers_bearer
    assert "Authorization" not in [each.written_name for each in forwardable.headers]


def test_token_is_not_in_any_repr() -> None:
    request_head = head(Authorization="Bearer SECRET")

    shown = repr(request_head) + repr(find_credential(request_head)) + repr(without_credentials(request_head))

    assert "SECRET" not in shown
