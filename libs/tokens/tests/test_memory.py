"""A remembered token is judged like one that is seen for the first time."""

from __future__ import annotations

import pytest

from contracts.keymanager import RevocationKind
from tokens import DATA_PLANE_AUDIENCE, ExpiredToken, InvalidToken, Principal, RevokedToken, TokenVerifier, TrustStore
from tokens.memory import MAX_HEADERS, VerifiedHeaders, VerifiedTokens

from .mint import EC, NOW, STRANGER, issuer_fact, revocation, token, trust_store, verifier


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def remembering(trust: TrustStore, clock: Clock | None = None) -> TokenVerifier:
    return TokenVerifier(trust, audience=DATA_PLANE_AUDIENCE, clock=clock or Clock(), remembered=10)


def test_same_principal_the_second_time() -> None:
    verifying, text = remembering(trust_store()), token()

    assert verifying.verify(text) is verifying.verify(text)
    assert verifying.verify(text) == verifier().verify(text)


def test_revocation_reaches_a_remembered_token() -> None:
    trust, text = trust_store(), token()
    verifying = remembering(trust)
    verifying.verify(text)

    trust.apply(revocation(RevocationKind.TOKEN, "token-1"))

    with pytest.raises(RevokedToken):
        verifying.verify(text)


def test_remembered_token_expires() -> None:
    clock, text = Clock(), token()
    verifying = remembering(trust_store(), clock)
    verifying.verify(text)

    clock.now += 3600 + 30

    with pytest.raises(ExpiredToken):
        verifying.verify(text)


@pytest.mark.parametrize("fact", [EC.fact(version=2, deleted=True), issuer_fact(version=2, enabled=False)])
def test_remembered_token_falls_with_its_key_or_issuer(fact: object) -> None:
    trust, text = trust_store(), token()
    verifying = remembering(trust)
    verifying.verify(text)

    trust.apply(fact)  # type: ignore[arg-type]  # either kind of fact

    with pytest.raises(InvalidToken):
        verifying.verify(text)


def test_issuer_that_names_other_claims_is_read_anew() -> None:
    trust, text = trust_store(), token(scp="x")
    verifying = remembering(trust)
    verifying.verify(text)

    trust.apply(issuer_fact(version=2, scopes_claim="scp"))

    assert verifying.verify(text).scopes == {"x"}


def test_flipped_signature_of_a_remembered_token_is_refused() -> None:
    text = token()
    verifying = remembering(trust_store())
    verifying.verify(text)
    head, _, signature = text.rpartition(".")

    with pytest.raises(InvalidToken):
        verifying.verify(f"{head}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")


def test_audience_is_asked_for_each_time() -> None:
    verifying, text = remembering(trust_store()), token(aud="an-api")

    assert verifying.verify(text, or_for=("an-api",)).audience == ("an-api",)

    for others in ((), ("another-api",)):
        with pytest.raises(InvalidToken, match="another audience"):
            verifying.verify(text, or_for=others)


def fail(_: str) -> Principal:
    raise InvalidToken("it is not remembered")


def test_memory_is_bounded_and_keeps_what_is_used() -> None:
    memory = VerifiedTokens(trust_store(), capacity=10)
    principal = verifier().verify(token())

    memory.principal("used", verify=lambda _: principal)
    for number in range(100):
        memory.principal(f"token {number}", verify=lambda _: principal)
        assert memory.principal("used", verify=fail) is principal
        assert len(memory) <= 10


def test_nothing_is_remembered_without_capacity() -> None:
    memory, principal = VerifiedTokens(trust_store(), capacity=0), verifier().verify(token())

    memory.principal("a", verify=lambda _: principal)

    with pytest.raises(InvalidToken):
        memory.principal("a", verify=fail)


def test_token_that_is_refused_is_not_remembered() -> None:
    memory = VerifiedTokens(trust_store(), capacity=10)

    with pytest.raises(InvalidToken):
        memory.principal("a", verify=fail)

    assert len(memory) == 0


@pytest.mark.parametrize("fact", [EC.fact(version=2, deleted=True), issuer_fact(version=2, enabled=False)])
def test_remembered_header_falls_with_its_key_or_issuer(fact: object) -> None:
    trust = trust_store()
    verifying = verifier(trust)
    verifying.verify(token())

    trust.apply(fact)  # type: ignore[arg-type]  # either kind of fact

    with pytest.raises(InvalidToken, match="unknown key"):
        verifying.verify(token(jti="token-2"))


def test_remembered_header_lends_its_key_to_nobody_else() -> None:
    verifying = verifier()
    verifying.verify(token())

    with pytest.raises(InvalidToken, match="signature"):
        verifying.verify(token(STRANGER, header=EC.header))


def test_memory_of_headers_is_bounded() -> None:
    trust = trust_store()
    memory, key = VerifiedHeaders(trust), trust.find_key(EC.kid)
    assert key is not None

    for number in range(MAX_HEADERS + 1):
        memory.add(b"%d" % number, key)

    assert memory.find(b"0") is None
    assert memory.find(b"%d" % MAX_HEADERS) is key
