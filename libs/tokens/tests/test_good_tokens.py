"""What RFC 9068 calls a good token is accepted, and read rightly."""

from __future__ import annotations

from typing import Any

import pytest

from tokens import InvalidToken, Principal

from .mint import EC, ISSUER, NOW, RSA, Signer, issuer_fact, token, trust_store, verifier

both_algorithms = pytest.mark.parametrize("signer", [EC, RSA], ids=["ES256", "RS256"])


@both_algorithms
def test_token_of_another_implementation_is_accepted(signer: Signer) -> None:
    principal = verifier().verify(token(signer))

    assert principal == Principal(
        subject="sue",
        client_id="client-1",
        issuer=ISSUER,
        audience=("sluice",),
        token_id="token-1",
        issued_at=NOW,
        expires_at=NOW + 3600,
        scopes=frozenset({"chat:read", "chat:write"}),
        key_type="PRODUCTION",
        signing_key_id=signer.kid,
    )


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_spellings_of_the_type(typ: str) -> None:
    assert verifier().verify(token(header=EC.header | {"typ": typ})).subject == "sue"


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"aud": ["else", "sluice"]}, "audience", ("else", "sluice")),
        ({"scope": ...}, "scopes", frozenset()),
        ({"scope": ""}, "scopes", frozenset()),
        ({"scope": " a  a b "}, "scopes", frozenset({"a", "b"})),
        ({"roles": ["admin"]}, "roles", frozenset({"admin"})),
        ({"keytype": "SANDBOX"}, "key_type", "SANDBOX"),
        ({"unknown": {"deep": [1]}}, "subject", "sue"),
    ],
)
def test_claims_are_read(changes: dict[str, Any], field: str, value: object) -> None:
    assert getattr(verifier().verify(token(**changes)), field) == value


def test_issuer_names_the_claims_of_client_and_scopes() -> None:
    trust = trust_store()
    trust.apply(issuer_fact(version=2, consumer_key_claim="azp", scopes_claim="scp"))

    principal = verifier(trust).verify(token(azp="client-2", scp="x"))

    assert (principal.client_id, principal.scopes) == ("client-2", frozenset({"x"}))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "x5t"])
def test_a_key_in_the_header_is_neither_followed_nor_used(name: str) -> None:
    own_key = EC.header | {name: "https://evil.example.com/jwks"}

    assert verifier().verify(token(header=own_key)).subject == "sue"


def test_error_does_not_show_the_token() -> None:
    text = token(aud="else")

    with pytest.raises(InvalidToken) as caught:
        verifier().verify(text)

    assert not any(part in str(caught.value) for part in text.split("."))
