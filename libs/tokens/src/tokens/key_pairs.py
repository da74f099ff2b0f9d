"""Makes key pairs for ES256 and RS256 and writes their public half as a JWK (RFC 7517, RFC 7518 6)."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Algorithm = Literal["ES256", "RS256"]

_RSA_BITS = 2048
_P256_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key. `kid` is the JWK's thumbprint (RFC 7638), so it is the same wherever it is computed."""

    kid: str
    algorithm: Algorithm
    private_pem: bytes
    public_jwk: dict[str, str]


def new_key_pair(algorithm: Algorithm) -> KeyPair:
    """RSA takes a good part of a second: call it off the event loop."""
    private = (
        ec.generate_private_key(ec.SECP256R1())
        if algorithm == "ES256"
        else rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    )
    members = _public_members(private.public_key())
    kid = _thumbprint(members)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(kid, algorithm, pem, {**members, "kid": kid, "alg": algorithm, "use": "sig"})


def _public_members(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> dict[str, str]:
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_numbers()
        return {"crv": "P-256", "kty": "EC", "x": _number(point.x, _P256_BYTES), "y": _number(point.y, _P256_BYTES)}
    numbers = key.public_numbers()
    return {"e": _number(numbers.e, 3), "kty": "RSA", "n": _number(numbers.n, _RSA_BITS // 8)}


def _number(value: int, length: int) -> str:
    return _base64url(value.to_bytes(length, "big"))


def _thumbprint(members: dict[str, str]) -> str:
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")
