"""Assertions to backends, judged with another library than the one that signs them."""

from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from tokens.assertion import ASSERTION_SECONDS, AssertionSigner

NOW = 1_767_355_200


def signer() -> AssertionSigner:
    return AssertionSigner(issuer="gateway", clock=lambda: NOW + 0.7)


def public_key(of: AssertionSigner) -> ECKey:
    return ECKey.import_key(dict(of.public_jwk))


def test_assertion_is_verified_with_the_public_half() -> None:
    signing = signer()

    token = jwt.decode(signing.sign("sue", {"http://wso2.org/claims/tier": "Gold"}), public_key(signing))

    assert token.header == {"alg": "ES256", "typ": "JWT", "kid": signing.public_jwk["kid"]}
    assert token.claims.pop("jti")
    assert token.claims == {
        "iss": "gateway",
        "sub": "sue",
        "iat": NOW,
        "exp": NOW + ASSERTION_SECONDS,
        "http://wso2.org/claims/tier": "Gold",
    }


def test_public_half_holds_nothing_private() -> None:
    assert signer().public_jwk.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_every_signer_has_a_key_of_its_own() -> None:
    one, other = signer(), signer()

    with pytest.raises(BadSignatureError):
        jwt.decode(one.sign("sue", {}), public_key(other))


def test_claims_never_take_the_place_of_the_registered_ones() -> None:
    signing = signer()

    token = jwt.decode(signing.sign("sue", {"sub": "admin", "iss": "me", "exp": 1}), public_key(signing))

    assert (token.claims["sub"], token.claims["iss"]) == ("sue", "gateway")


def test_every_assertion_has_an_id_of_its_own() -> None:
    signing = signer()

    found = {str(jwt.decode(signing.sign("sue", {}), public_key(signing)).claims["jti"]) for _ in range(50)}

    assert len(found) == 50
