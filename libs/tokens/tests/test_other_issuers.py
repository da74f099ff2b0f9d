"""Tokens of another issuer than the resident key manager are good for the data plane, with the agreed audience."""

from __future__ import annotations

from typing import Any

import pytest

from tokens import DATA_PLANE_AUDIENCE, REST_AUDIENCE, InvalidToken, TokenVerifier, TrustStore

from .mint import NOW, OTHER_ISSUER, STRANGER, issuer_fact, token, verifier


def trusting(audience: str) -> TrustStore:
    trust = TrustStore()
    for fact in (issuer_fact(OTHER_ISSUER, audience=audience), STRANGER.fact(issuer=OTHER_ISSUER)):
        trust.apply(fact)
    return trust


def foreign(**changes: Any) -> str:
    return token(STRANGER, iss=OTHER_ISSUER, **changes)


@pytest.mark.parametrize("aud", ["https://apis.example.com", ["else", "https://apis.example.com"]])
def test_agreed_audience_is_the_data_plane(aud: object) -> None:
    principal = verifier(trusting("https://apis.example.com")).verify(foreign(aud=aud))

    assert (principal.issuer, principal.audience) == (OTHER_ISSUER, (DATA_PLANE_AUDIENCE,))


@pytest.mark.parametrize("aud", [DATA_PLANE_AUDIENCE, "api-1", "https://apis.example.com/", ["else"]])
def test_no_other_audience_is(aud: object) -> None:
    with pytest.raises(InvalidToken, match="audience"):
        verifier(trusting("https://apis.example.com")).verify(foreign(aud=aud), or_for=("api-1",))


@pytest.mark.parametrize("agreed", [REST_AUDIENCE, DATA_PLANE_AUDIENCE])
def test_rest_is_open_to_none_of_them_whatever_was_agreed(agreed: str) -> None:
    rest = TokenVerifier(trusting(agreed), audience=REST_AUDIENCE, clock=lambda: float(NOW))

    with pytest.raises(InvalidToken, match="audience"):
        rest.verify(foreign(aud=[REST_AUDIENCE, DATA_PLANE_AUDIENCE], roles=["admin"]))


def test_they_make_no_test_keys() -> None:
    with pytest.raises(InvalidToken, match="audience"):
        verifier(trusting("api-1")).verify(foreign(aud="api-2"), or_for=("api-2",))
