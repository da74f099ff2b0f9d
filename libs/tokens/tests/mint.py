"""An issuer for tests: makes tokens with joserfc, and the facts by which they are believed."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from contracts.keymanager import RESIDENT_KEY_MANAGER, Issuer, Revocation, RevocationKind, SigningKey
from tokens import DATA_PLANE_AUDIENCE, TokenVerifier, TrustStore

NOW = 1_767_355_200
ISSUER = "https://keys.example.com"
OTHER_ISSUER = "https://other.example.com"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the header its tokens have."""

    kid: str
    algorithm: str
    key: ECKey | RSAKey

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": self.algorithm, "typ": "at+jwt", "kid": self.kid}

    def fact(self, *, version: int = 1, issuer: str = ISSUER, deleted: bool = False) -> SigningKey:
        public = {str(name): str(value) for name, value in self.key.as_dict(private=False).items()}
        return SigningKey(
            version=version,
            deleted=deleted,
            kid=self.kid,
            algorithm=self.algorithm,
            public_jwk=public,
            issuer=issuer,
        )

    def sign(self, payload: str, *, header: dict[str, Any] | None = None) -> str:
        """The compact form of any text; `header` replaces the usual one."""
        return sign_parts(self, json.dumps(header or self.header), payload)


EC = Signer("ec-1", "ES256", ECKey.generate_key("P-256"))
RSA = Signer("rsa-1", "RS256", RSAKey.generate_key(2048))
STRANGER = Signer("ec-9", "ES256", ECKey.generate_key("P-256"))


def sign_parts(signer: Signer, header: str, payload: str, *, encoding: str = "utf-8") -> str:
    """Signed by the key whatever the header's text says."""
    algorithm = jws.JWSRegistry(algorithms=[signer.algorithm]).get_alg(signer.algorithm)
    signing_input = f"{encode(header.encode(encoding))}.{encode(payload.encode(encoding))}"
    return f"{signing_input}.{encode(algorithm.sign(signing_input.encode(), signer.key))}"


def encode(content: bytes) -> str:
    """Base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    """Those of a good token; a change to `...` leaves a claim out."""
    usual: dict[str, Any] = {
        "iss": ISSUER,
        "aud": DATA_PLANE_AUDIENCE,
        "sub": "sue",
        "client_id": "client-1",
        "jti": "token-1",
        "iat": NOW,
        "exp": NOW + 3600,
        "scope": "chat:read chat:write",
    }
    return {name: value for name, value in (usual | changes).items() if value is not ...}


def token(signer: Signer = EC, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token with these claims."""
    return signer.sign(json.dumps(claims(**changes)), header=header)


def issuer_fact(name: str = ISSUER, *, version: int = 1, **changes: Any) -> Issuer:
    """A believed issuer of data-plane tokens: the resident key manager, or another one."""
    fields: dict[str, Any] = {
        "version": version,
        "issuer": name,
        "id": name,
        "name": RESIDENT_KEY_MANAGER if name == ISSUER else name,
        "audience": DATA_PLANE_AUDIENCE,
        "token_endpoint": f"{name}/oauth2/token",
    }
    return Issuer(**fields | changes)


def revocation(kind: RevocationKind, identity: str, *, at: int = NOW, version: int = 1) -> Revocation:
    """A revocation at a time."""
    return Revocation(
        version=version,
        kind=kind,
        id=identity,
        revoked_at=datetime.fromtimestamp(at, UTC),
        expires_at=datetime.fromtimestamp(at + 86_400, UTC),
    )


def trust_store() -> TrustStore:
    """Believes EC and RSA of the one issuer."""
    trust = TrustStore()
    for fact in (issuer_fact(), EC.fact(), RSA.fact()):
        trust.apply(fact)
    return trust


def verifier(trust: TrustStore | None = None, *, now: int = NOW) -> TokenVerifier:
    """For the data plane, at a fixed time."""
    return TokenVerifier(trust or trust_store(), audience=DATA_PLANE_AUDIENCE, clock=lambda: float(now))
