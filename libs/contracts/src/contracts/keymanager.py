"""Facts that the key manager tells: who may sign, which clients there are, which tokens no longer count.

No secret is among them: public halves and hashes only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from contracts.fact import Fact, Topic

RESIDENT_KEY_MANAGER = "Resident Key Manager"

# Revocations and reference tokens may be forgotten once no token of that age can live: the longest life + 1 day.
TOKEN_RETENTION = timedelta(days=2)


class KeyType(StrEnum):
    """Which of an API's endpoints a consumer key leads to (WSO2 `keyType`)."""

    PRODUCTION = "PRODUCTION"
    SANDBOX = "SANDBOX"


class ConsumerKey(Fact):
    """An OAuth client of an application."""

    topic: ClassVar[Topic] = Topic("keymanager.consumer_key.v1", partitions=3)

    client_id: str
    application_id: str
    key_type: KeyType
    key_manager: str = RESIDENT_KEY_MANAGER
    state: str = "ACTIVE"

    @property
    def key(self) -> str:
        return self.client_id


class SigningKey(Fact):
    """The public half of a key that signs access tokens (RFC 7517)."""

    topic: ClassVar[Topic] = Topic("keymanager.signing_key.v1")

    kid: str
    algorithm: str
    public_jwk: dict[str, str]
    issuer: str
    state: str = "ACTIVE"

    @property
    def key(self) -> str:
        return self.kid


class Issuer(Fact):
    """Whose tokens are believed, and how to read them. The built-in key manager is one like the others; of
    theirs only tokens for the `audience` count, and on the data plane alone.
    """

    topic: ClassVar[Topic] = Topic("keymanager.issuer.v1")

    issuer: str
    id: str
    name: str
    enabled: bool = True
    audience: str
    consumer_key_claim: str = "client_id"
    scopes_claim: str = "scope"
    token_endpoint: str
    public_jwks: tuple[dict[str, str], ...] = ()

    @property
    def key(self) -> str:
        return self.issuer


class Role(Fact):
    """A role that users may have."""

    topic: ClassVar[Topic] = Topic("keymanager.role.v1")

    name: str
    description: str = ""

    @property
    def key(self) -> str:
        return self.name


class RevocationKind(StrEnum):
    """What a revocation names: one token by `jti`, or every token of a client or subject issued until then."""

    TOKEN = "token"  # noqa: S105  # a kind, not a secret
    CLIENT = "client"
    SUBJECT = "subject"


class Revocation(Fact):
    """Tokens that no longer count, although they are signed and not yet expired."""

    topic: ClassVar[Topic] = Topic("keymanager.revocation.v1", partitions=3, retention=TOKEN_RETENTION)

    kind: RevocationKind
    id: str
    revoked_at: datetime
    expires_at: datetime

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


class ReferenceToken(Fact):
    """An opaque access token, known by the SHA-256 of its text (hex). Revoked is `deleted`."""

    topic: ClassVar[Topic] = Topic("keymanager.reference_token.v1", partitions=3, retention=TOKEN_RETENTION)

    hash: str
    client_id: str
    subject: str
    scopes: tuple[str, ...] = ()
    key_type: KeyType
    issuer: str
    issued_at: datetime
    expires_at: datetime

    @property
    def key(self) -> str:
        return self.hash


FACTS: tuple[type[Fact], ...] = (ConsumerKey, SigningKey, Issuer, Role, Revocation, ReferenceToken)
