"""The key manager's tables. Those of the outbox and inbox get their columns from libs/outbox.

Of secrets only hashes are here; private signing keys are sealed. What is learnt from other services' facts has no
foreign keys.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, DateTime, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from outbox import InboxColumns, InboxTables, OutboxColumns, ParkedColumns, PositionColumns, WireTables

_MOMENT: Any = DateTime(timezone=True)  # SQLModel types `sa_type` as a class only; an instance works


class Table(SQLModel, registry=registry()):
    """Base of the key manager's tables: a registry of their own, since another service has tables of the same names."""


class UserRow(Table, table=True):
    __tablename__ = "user_account"

    id: str = Field(primary_key=True, sa_type=String)
    name_key: str = Field(unique=True, sa_type=String)
    user_name: str = Field(sa_type=String)
    password_hash: str = Field(sa_type=String)
    active: bool
    # JSON of any shape that RFC 7643 allows, hence Any.
    profile: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=_MOMENT)
    updated_at: datetime = Field(sa_type=_MOMENT)


class UserRoleRow(Table, table=True):
    __tablename__ = "user_role"

    user_id: str = Field(primary_key=True, foreign_key="user_account.id", sa_type=String)
    role: str = Field(primary_key=True, index=True, sa_type=String)


class RoleRow(Table, table=True):
    __tablename__ = "role"

    name: str = Field(primary_key=True, sa_type=String)
    description: str = Field(sa_type=String)


class ClientRow(Table, table=True):
    __tablename__ = "oauth_client"

    client_id: str = Field(primary_key=True, sa_type=String)
    kind: str = Field(sa_type=String)
    owner: str | None = Field(default=None, index=True, sa_type=String)
    grant_types: list[str] = Field(sa_type=JSON)
    callback_url: str | None = Field(default=None, sa_type=String)
    validity_seconds: int
    created_at: datetime = Field(sa_type=_MOMENT)


class ClientSecretRow(Table, table=True):
    __tablename__ = "client_secret"

    client_id: str = Field(primary_key=True, foreign_key="oauth_client.client_id", sa_type=String)
    hash: str = Field(primary_key=True, sa_type=String)
    created_at: datetime = Field(sa_type=_MOMENT)


class RegistrationRow(Table, table=True):
    """A REST client under the name that its owner gave it."""

    __tablename__ = "client_registration"

    owner: str = Field(primary_key=True, sa_type=String)
    client_name: str = Field(primary_key=True, sa_type=String)
    client_id: str = Field(unique=True, foreign_key="oauth_client.client_id", sa_type=String)
    is_saas_app: bool


class ConsumerKeyRow(Table, table=True):
    """An application's client. The row stays when it is deleted: a `keyMappingId` is never used again."""

    __tablename__ = "consumer_key"

    key_mapping_id: str = Field(primary_key=True, sa_type=String)
    client_id: str = Field(unique=True, sa_type=String)
    application_id: str = Field(index=True, sa_type=String)
    application_name: str = Field(sa_type=String)
    owner: str = Field(sa_type=String)
    token_type: str = Field(sa_type=String)
    key_type: str = Field(sa_type=String)
    # The devportal's, kept as they are.
    additional_properties: dict[str, Any] = Field(sa_type=JSON)
    state: str = Field(sa_type=String)


class SigningKeyRow(Table, table=True):
    __tablename__ = "signing_key"
    __table_args__ = (UniqueConstraint("algorithm", "generation", name="uq_signing_key_generation"),)

    kid: str = Field(primary_key=True, sa_type=String)
    algorithm: str = Field(sa_type=String)
    generation: int
    sealed_private_key: bytes = Field(sa_type=LargeBinary)
    public_jwk: dict[str, str] = Field(sa_type=JSON)
    issuer: str = Field(sa_type=String)
    created_at: datetime = Field(sa_type=_MOMENT)


class IssuerRow(Table, table=True):
    __tablename__ = "issuer"

    id: str = Field(primary_key=True, sa_type=String)
    issuer: str = Field(unique=True, sa_type=String)
    name: str = Field(unique=True, sa_type=String)


class ReferenceTokenRow(Table, table=True):
    __tablename__ = "reference_token"

    hash: str = Field(primary_key=True, sa_type=String)
    client_id: str = Field(index=True, foreign_key="oauth_client.client_id", sa_type=String)
    subject: str = Field(index=True, sa_type=String)
    scopes: list[str] = Field(sa_type=JSON)
    key_type: str = Field(sa_type=String)
    issuer: str = Field(sa_type=String)
    issued_at: datetime = Field(sa_type=_MOMENT)
    expires_at: datetime = Field(index=True, sa_type=_MOMENT)


class RevocationRow(Table, table=True):
    __tablename__ = "revocation"

    kind: str = Field(primary_key=True, sa_type=String)
    id: str = Field(primary_key=True, sa_type=String)
    revoked_at: datetime = Field(sa_type=_MOMENT)
    expires_at: datetime = Field(index=True, sa_type=_MOMENT)


class ApplicationRow(Table, table=True):
    """Learnt from the devportal. A deleted one is remembered, so that no late request gives it keys again."""

    __tablename__ = "application"

    id: str = Field(primary_key=True, sa_type=String)
    owner: str = Field(sa_type=String)
    token_type: str = Field(sa_type=String)
    deleted: bool


class ApiScopeRow(Table, table=True):
    """Learnt from the publisher."""

    __tablename__ = "api_scope"

    api_id: str = Field(primary_key=True, sa_type=String)
    name: str = Field(primary_key=True, index=True, sa_type=String)
    roles: list[str] = Field(sa_type=JSON)


class OutboxRow(Table, OutboxColumns, table=True):
    __tablename__ = "outbox"


class InboxRow(Table, InboxColumns, table=True):
    __tablename__ = "inbox"


class PositionRow(Table, PositionColumns, table=True):
    __tablename__ = "reader_position"


class ParkedRow(Table, ParkedColumns, table=True):
    __tablename__ = "parked_record"


WIRE_TABLES = WireTables(outbox=OutboxRow, inbox=InboxTables(inbox=InboxRow, position=PositionRow, parked=ParkedRow))
