"""What is believed depends on the newest of each fact only, however the facts came."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Fact, Tombstone
from contracts.keymanager import RevocationKind, Role, SigningKey
from tokens import InvalidToken, RevokedToken, TrustStore

from .mint import EC, ISSUER, NOW, OTHER_ISSUER, RSA, issuer_fact, revocation, token, trust_store, verifier


def is_believed(trust: TrustStore, text: str) -> bool:
    try:
        verifier(trust).verify(text)
    except InvalidToken:
        return False
    return True


def tombstone_of(fact: Fact, version: int) -> Tombstone:
    return Tombstone(fact.topic.name, fact.key, version)


def test_empty_store_believes_nobody() -> None:
    assert not TrustStore().has_keys
    assert not is_believed(TrustStore(), token())


def test_key_without_its_issuer_is_not_believed() -> None:
    trust = TrustStore()

    trust.apply(EC.fact())

    assert not trust.has_keys
    assert trust.find_key(EC.kid) is None
    trust.apply(issuer_fact())
    assert trust.has_keys
    assert is_believed(trust, token())


def test_key_of_one_believed_issuer_signs_nothing_for_another() -> None:
    trust = trust_store()
    trust.apply(issuer_fact(OTHER_ISSUER))

    with pytest.raises(InvalidToken, match="another issuer"):
        verifier(trust).verify(token(iss=OTHER_ISSUER))


@pytest.mark.parametrize("gone", [EC.fact(version=2, deleted=True), tombstone_of(EC.fact(), 2)], ids=["fact", "tomb"])
def test_removed_key_is_not_believed_and_the_others_are(gone: Fact | Tombstone) -> None:
    trust = trust_store()

    trust.apply(gone)

    assert not is_believed(trust, token(EC))
    assert is_believed(trust, token(RSA))


@pytest.mark.parametrize(
    "gone",
    [
        issuer_fact(version=2, enabled=False),
        issuer_fact(version=2, deleted=True),
        tombstone_of(issuer_fact(), 2),
    ],
    ids=["disabled", "deleted", "tomb"],
)
def test_issuer_that_is_gone_takes_its_keys_with_it(gone: Fact | Tombstone) -> None:
    trust = trust_store()

    trust.apply(gone)

    assert not trust.has_keys
    assert trust.issuer(ISSUER) is None
    assert not is_believed(trust, token())


def test_issuer_comes_back_with_its_keys() -> None:
    trust = trust_store()
    trust.apply(issuer_fact(version=2, enabled=False))

    trust.apply(issuer_fact(version=3))

    assert is_believed(trust, token())


@pytest.mark.parametrize("version", [0, 1])
def test_older_fact_changes_nothing(version: int) -> None:
    trust = trust_store()

    trust.apply(EC.fact(version=version, deleted=True))

    assert is_believed(trust, token())


@pytest.mark.parametrize("algorithm", ["HS256", "none", "ES384", "RS512", ""])
def test_key_of_another_algorithm_is_not_taken(algorithm: str) -> None:
    trust = trust_store()

    trust.apply(EC.fact(version=2).model_copy(update={"algorithm": algorithm}))

    assert trust.find_key(EC.kid) is None


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "%", "y": "%"},
        {"kty": "EC", "crv": "P-999", "x": "AAAA", "y": "AAAA"},
    ],
)
def test_unusable_key_is_left_out_without_an_error(jwk: dict[str, str]) -> None:
    trust = trust_store()

    trust.apply(SigningKey(version=2, kid=EC.kid, algorithm="ES256", public_jwk=jwk, issuer=ISSUER))

    assert trust.find_key(EC.kid) is None
    assert is_believed(trust, token(RSA))


def test_shared_secret_is_no_key() -> None:
    trust = trust_store()
    secret = {"kty": "oct", "k": "AAAA"}

    told = SigningKey(version=2, kid=EC.kid, algorithm="ES256", public_jwk=secret, issuer=ISSUER)
    trust.apply(told.model_copy(update={"algorithm": "HS256"}))

    assert trust.find_key(EC.kid) is None


@pytest.mark.parametrize("jwk", [{"kty": "RSA"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}])
def test_unusable_rsa_key_is_left_out_without_an_error(jwk: dict[str, str]) -> None:
    trust = trust_store()

    trust.apply(SigningKey(version=2, kid=RSA.kid, algorithm="RS256", public_jwk=jwk, issuer=ISSUER))

    assert trust.find_key(RSA.kid) is None


def test_facts_of_other_topics_are_ignored() -> None:
    trust = trust_store()

    trust.apply(Role(version=9, name="friend"))
    trust.apply(Tombstone("publisher.api.v1", EC.kid, 9))

    assert is_believed(trust, token())


@pytest.mark.parametrize(
    ("kind", "identity"),
    [(RevocationKind.TOKEN, "token-1"), (RevocationKind.CLIENT, "client-1"), (RevocationKind.SUBJECT, "sue")],
)
class TestRevocation:
    """By token, by client, by subject."""

    def test_ends_the_token(self, kind: RevocationKind, identity: str) -> None:
        trust = trust_store()

        trust.apply(revocation(kind, identity))

        with pytest.raises(RevokedToken):
            verifier(trust).verify(token())

    def test_ends_no_other_token(self, kind: RevocationKind, identity: str) -> None:
        trust = trust_store()

        trust.apply(revocation(kind, identity))

        assert is_believed(trust, token(jti="token-2", client_id="client-2", sub="bob"))

    def test_means_just_its_kind(self, kind: RevocationKind, identity: str) -> None:
        trust = trust_store()

        trust.apply(revocation(kind, "other"))

        own = {RevocationKind.TOKEN: "jti", RevocationKind.CLIENT: "client_id", RevocationKind.SUBJECT: "sub"}[kind]
        same: dict[str, Any] = {own: "other"}
        others: dict[str, Any] = {name: "other" for name in ("jti", "client_id", "sub") if name != own}
        assert is_believed(trust, token(**others))
        assert not is_believed(trust, token(**same))

    def test_taken_back_counts_no_longer(self, kind: RevocationKind, identity: str) -> None:
        trust = trust_store()
        fact = revocation(kind, identity)
        trust.apply(fact)

        trust.apply(fact.model_copy(update={"deleted": True, "version": 2}))

        assert is_believed(trust, token())


@pytest.mark.parametrize(("kind", "identity"), [(RevocationKind.CLIENT, "client-1"), (RevocationKind.SUBJECT, "sue")])
def test_revocation_of_many_leaves_those_issued_later(kind: RevocationKind, identity: str) -> None:
    trust = trust_store()

    trust.apply(revocation(kind, identity, at=NOW - 1))

    assert is_believed(trust, token(iat=NOW))
    assert not is_believed(trust, token(iat=NOW - 1))


_FACTS: list[Fact | Tombstone] = [
    *(issuer_fact(version=version, enabled=version != 2) for version in (1, 2, 3)),
    tombstone_of(issuer_fact(), 4),
    *(EC.fact(version=version, deleted=version == 2) for version in (1, 2, 3)),
    tombstone_of(EC.fact(), 4),
    RSA.fact(),
    RSA.fact(version=2, deleted=True),
    revocation(RevocationKind.TOKEN, "token-1"),
    revocation(RevocationKind.TOKEN, "token-1", version=2).model_copy(update={"deleted": True}),
    revocation(RevocationKind.CLIENT, "client-1", at=NOW - 5, version=1),
    revocation(RevocationKind.CLIENT, "client-1", at=NOW + 5, version=2),
]
_PROBES = [token(EC), token(RSA), token(EC, jti="token-2"), token(EC, jti="token-2", client_id="client-2")]


def _view(trust: TrustStore) -> list[bool]:
    return [trust.has_keys, *(is_believed(trust, probe) for probe in _PROBES)]


@given(given_facts=st.lists(st.sampled_from(_FACTS), max_size=25), data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_order_and_repetition_gives_the_same(given_facts: list[Fact | Tombstone], data: st.DataObject) -> None:
    in_order, shuffled = TrustStore(), TrustStore()

    for fact in sorted(given_facts, key=lambda each: each.version):
        in_order.apply(fact)
    for fact in data.draw(st.permutations(given_facts)):
        shuffled.apply(fact)

    assert _view(shuffled) == _view(in_order)


def test_revocations_that_no_living_token_needs_are_forgotten() -> None:
    trust = trust_store()
    old = [revocation(RevocationKind.TOKEN, f"old{number}", at=NOW - 3 * 86_400) for number in range(9_999)]
    for fact in old:
        trust.apply(fact)

    trust.apply(revocation(RevocationKind.TOKEN, "new", at=NOW))

    def is_revoked(token_id: str) -> bool:
        return trust.is_revoked(token_id=token_id, client_id="c", subject="s", issued_at=int(NOW))

    assert is_revoked("new")
    assert not is_revoked("old0")
