"""The reading of a token's parts takes one spelling of them only, and the checking of signatures one length."""

from __future__ import annotations

import base64
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.keymanager import SigningKey
from tokens.compact import MalformedToken, parse

from .mint import EC, ISSUER, RSA, STRANGER, Signer, encode, trust_store

_CLAIMS = encode(b"{}")
_LETTERS = st.sampled_from(string.ascii_letters + string.digits + "-_+/=")


def is_read(signature: str) -> bool:
    try:
        parse(f"e30.{_CLAIMS}.{signature}")
    except MalformedToken:
        return False
    return True


def is_canonical(segment: str) -> bool:
    """By the definition: it is what the bytes that it stands for are written as, without padding."""
    try:
        content = base64.b64decode(segment.translate(str.maketrans("-_", "+/")) + "=" * (-len(segment) % 4))
    except ValueError:
        return False
    return segment != "" and encode(content) == segment


@given(st.text(_LETTERS, max_size=9))
@example("")
@example("A")
@example("AA")
@example("AB")
@example("AAA")
@example("AAB")
@example("AAAA=")
@example("AAA=")
def test_canonical_base64url_is_read_and_nothing_else(segment: str) -> None:
    assert is_read(segment) == is_canonical(segment)


@given(st.binary(min_size=1, max_size=100))
def test_bytes_are_read_as_they_were(content: bytes) -> None:
    assert parse(f"e30.{_CLAIMS}.{encode(content)}").signature == content


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("signer", [EC, RSA], ids=["ES256", "RS256"])
@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(64),
        bytes(63) + b"\1" + bytes(32),
        _ORDER.to_bytes(32, "big") * 2,
        b"\xff" * 64,
        b"\xff" * 256,
        bytes(65),
        bytes(63),
        bytes(10_000),
    ],
    ids=lambda signature: f"{signature[:1].hex()}x{len(signature)}",
)
def test_signature_of_another_form_is_wrong_without_another_error(signer: Signer, signature: bytes) -> None:
    key = trust_store().find_key(signer.kid)

    assert key is not None
    assert not key.key.has_signed(b"content", signature)


def test_ecdsa_signature_with_leading_zeros_or_in_der_is_wrong() -> None:
    text = EC.sign("{}")
    compact, key = parse(text), trust_store().find_key(EC.kid)
    first, second = compact.signature[:32], compact.signature[32:]

    assert key is not None
    assert key.key.has_signed(compact.signing_input, compact.signature)
    assert not key.key.has_signed(compact.signing_input, b"\0" + first + b"\0" + second)
    assert not key.key.has_signed(compact.signing_input, b"\x30\x44\x02\x20" + first + b"\x02\x20" + second)


@pytest.mark.parametrize("signer", [EC, RSA], ids=["ES256", "RS256"])
def test_key_that_was_told_with_its_private_half_is_not_believed(signer: Signer) -> None:
    trust = trust_store()
    private = {str(name): str(value) for name, value in signer.key.as_dict(private=True).items()}

    trust.apply(SigningKey(version=2, kid=signer.kid, algorithm=signer.algorithm, public_jwk=private, issuer=ISSUER))

    assert trust.find_key(signer.kid) is None


def test_stranger_has_not_signed() -> None:
    compact, key = parse(STRANGER.sign("{}")), trust_store().find_key(EC.kid)

    assert key is not None
    assert not key.key.has_signed(compact.signing_input, compact.signature)
