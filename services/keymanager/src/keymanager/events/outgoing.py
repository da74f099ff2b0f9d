"""The key manager's rows as facts. No secret is among them: public halves and hashes only."""

from __future__ import annotations

from contracts.keymanager import (
    RESIDENT_KEY_MANAGER,
    ConsumerKey,
    Issuer,
    KeyType,
    ReferenceToken,
    Revocation,
    RevocationKind,
    SigningKey,
)
from keymanager.store.moments import in_utc
from keymanager.store.tables import ConsumerKeyRow, ReferenceTokenRow, RevocationRow, SigningKeyRow
from tokens import DATA_PLANE_AUDIENCE

RESIDENT_ID = "resident"


def issuer_fact(issuer: str) -> Issuer:
    """The built-in key manager: an issuer like the others."""
    return Issuer(
        issuer=issuer,
        id=RESIDENT_ID,
        name=RESIDENT_KEY_MANAGER,
        audience=DATA_PLANE_AUDIENCE,
        token_endpoint=f"{issuer}/oauth2/token",
    )


def signing_key_fact(row: SigningKeyRow) -> SigningKey:
    return SigningKey(kid=row.kid, algorithm=row.algorithm, public_jwk=row.public_jwk, issuer=row.issuer)


def consumer_key_fact(row: ConsumerKeyRow) -> ConsumerKey:
    return ConsumerKey(
        client_id=row.client_id, application_id=row.application_id, key_type=KeyType(row.key_type), state=row.state
    )


def reference_token_fact(row: ReferenceTokenRow) -> ReferenceToken:
    return ReferenceToken(
        hash=row.hash,
        client_id=row.client_id,
        subject=row.subject,
        scopes=tuple(row.scopes),
        key_type=KeyType(row.key_type),
        issuer=row.issuer,
        issued_at=in_utc(row.issued_at),
        expires_at=in_utc(row.expires_at),
    )


def revocation_fact(row: RevocationRow) -> Revocation:
    return Revocation(
        kind=RevocationKind(row.kind),
        id=row.id,
        revoked_at=in_utc(row.revoked_at),
        expires_at=in_utc(row.expires_at),
    )
