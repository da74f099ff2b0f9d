"""What an access token says: the claims of RFC 9068 2.2, with ours beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.keymanager import KeyType
from keymanager.domain.clients import ClientKind
from tokens import DATA_PLANE_AUDIENCE, REST_AUDIENCE

# Whoever verifies accepts tokens for so long after their end (clocks differ); what is revoked is remembered as long.
EXPIRY_LEEWAY_SECONDS = 60

TEST_KEY_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class TokenContent:
    """What is granted, before it becomes a JWT or a reference token."""

    kind: ClientKind
    client_id: str
    subject: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...]
    key_type: str
    issued_at: datetime
    lifetime_seconds: int

    @property
    def scope(self) -> str:
        return " ".join(self.scopes)

    def claims(self, *, issuer: str, token_id: str) -> dict[str, object]:
        """RFC 9068 2.2; REST tokens carry `roles` (2.2.3.1), application tokens WSO2's `keytype`."""
        issued = int(self.issued_at.timestamp())
        claims: dict[str, object] = {
            "iss": issuer,
            "sub": self.subject,
            "aud": REST_AUDIENCE if self.kind is ClientKind.REST else DATA_PLANE_AUDIENCE,
            "client_id": self.client_id,
            "iat": issued,
            "exp": issued + self.lifetime_seconds,
            "jti": token_id,
            "scope": self.scope,
        }
        if self.kind is ClientKind.REST:
            claims["roles"] = list(self.roles)
        else:
            claims["keytype"] = self.key_type
        return claims


@dataclass(frozen=True, slots=True)
class ApiKeyContent:
    """The internal test key of one API: a token whose audience is the API's id, so it is good for nothing else.

    Its client is the publisher, since neither a consumer key nor a subscription stands behind it.
    """

    api_id: str
    subject: str
    client_id: str
    issued_at: datetime
    lifetime_seconds: int

    def claims(self, *, issuer: str, token_id: str) -> dict[str, object]:
        """RFC 9068 2.2, with WSO2's `keytype`."""
        issued = int(self.issued_at.timestamp())
        return {
            "iss": issuer,
            "sub": self.subject,
            "aud": self.api_id,
            "client_id": self.client_id,
            "iat": issued,
            "exp": issued + self.lifetime_seconds,
            "jti": token_id,
            "keytype": KeyType.PRODUCTION,
        }


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The token itself: shown once, never stored."""

    access_token: str
    lifetime_seconds: int
    scopes: tuple[str, ...]
