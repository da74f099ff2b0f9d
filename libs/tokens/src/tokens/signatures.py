"""Checks the signatures of key managers: ES256 and RS256 (RFC 7518, 3.3 and 3.4), each with the keys it is for.

A key is read once, when it is told; what runs for each token is the check alone.
"""

from __future__ import annotations

from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jose import jwk
from jose.exceptions import JWKError

_SHA256: Final = SHA256()
_ECDSA: Final = ECDSA(_SHA256)
_PKCS1: Final = PKCS1v15()
_NUMBER_BYTES: Final = 32
_ALGORITHMS = frozenset({"ES256", "RS256"})


class UnusableKey(Exception):
    """It is no public key for the algorithm."""


class PublicKey(Protocol):
    """With the one algorithm it is for."""

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        """Whether its owner did. Any bytes may be asked of."""


def read_public_key(public_jwk: dict[str, str], algorithm: str) -> PublicKey:
    """Raises `UnusableKey`."""
    if algorithm not in _ALGORITHMS:
        raise UnusableKey
    try:
        key = load_pem_public_key(jwk.construct(public_jwk, algorithm=algorithm).to_pem())
    except (JWKError, ValueError, KeyError) as error:  # The library lets through what cryptography says of a bad point.
        raise UnusableKey from error
    if isinstance(key, RSAPublicKey):
        return _Rs256(key)
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return _Es256(key)
    raise UnusableKey


class _Es256:
    __slots__ = ("_key",)

    def __init__(self, key: EllipticCurvePublicKey) -> None:
        self._key = key

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        # Two numbers of exactly 32 bytes (RFC 7518, 3.4), so that a signature has one spelling.
        if len(signature) != 2 * _NUMBER_BYTES:
            return False
        first = int.from_bytes(signature[:_NUMBER_BYTES], "big")
        second = int.from_bytes(signature[_NUMBER_BYTES:], "big")
        try:
            self._key.verify(encode_dss_signature(first, second), content, _ECDSA)
        except InvalidSignature:
            return False
        return True


class _Rs256:
    __slots__ = ("_key",)

    def __init__(self, key: RSAPublicKey) -> None:
        self._key = key

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, content, _PKCS1, _SHA256)
        except InvalidSignature:
            return False
        return True
