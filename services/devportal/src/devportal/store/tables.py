"""The devportal's tables. Those of the outbox and inbox get their columns from libs/outbox.

Read models of other services' facts have no foreign keys to each other: facts come in any order. Texts that come in
facts have no length here, because the publisher has checked them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from devportal.store.moments import UtcDateTime
from outbox import InboxColumns, InboxTables, OutboxColumns, ParkedColumns, PositionColumns, WireTables

_ID = 100


class Table(SQLModel, registry=registry()):
    """Base of the devportal's tables: a registry of their own, since another service has tables of the same names."""


class OutboxRow(Table, OutboxColumns, table=True):
    __tablename__ = "outbox"


class InboxRow(Table, InboxColumns, table=True):
    __tablename__ = "inbox"


class PositionRow(Table, PositionColumns, table=True):
    __tablename__ = "reader_position"


class ParkedRow(Table, ParkedColumns, table=True):
    __tablename__ = "parked_record"


WIRE_TABLES = WireTables(outbox=OutboxRow, inbox=InboxTables(inbox=InboxRow, position=PositionRow, parked=ParkedRow))


class ApplicationRow(Table, table=True):
    """One application of a name for each owner: the constraint decides a race."""

    __tablename__ = "application"
    __table_args__ = (UniqueConstraint("owner", "name", name="uq_application_name"),)

    id: str = Field(primary_key=True, max_length=_ID)
    owner: str = Field(sa_type=Text)
    name: str = Field(max_length=100)
    plan: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    token_type: str = Field(max_length=20)
    status: str = Field(max_length=30)
    groups: list[str] = Field(sa_type=JSON)
    attributes: dict[str, str] = Field(sa_type=JSON)
    visibility: str | None = Field(default=None, max_length=30)
    is_hash_enabled: bool | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class SubscriptionRow(Table, table=True):
    """One subscription of an application to an API: the constraint decides a race."""

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("application_id", "api_id", name="uq_subscription"),)

    id: str = Field(primary_key=True, max_length=_ID)
    application_id: str = Field(foreign_key="application.id", ondelete="CASCADE", max_length=_ID)
    api_id: str = Field(max_length=_ID, index=True)
    plan: str = Field(sa_type=Text)
    requested_plan: str | None = Field(default=None, sa_type=Text)
    status: str = Field(max_length=30)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ApplicationKeyRow(Table, table=True):
    """Keys at the key manager. `consumer_key` is empty until the key manager has answered (state CREATING)."""

    __tablename__ = "application_key"
    __table_args__ = (UniqueConstraint("application_id", "key_manager", "key_type", name="uq_application_key"),)

    key_mapping_id: str = Field(primary_key=True, max_length=_ID)
    application_id: str = Field(foreign_key="application.id", ondelete="CASCADE", max_length=_ID)
    key_manager: str = Field(max_length=255)
    key_type: str = Field(max_length=20)
    state: str = Field(max_length=20)
    consumer_key: str = Field(default="", sa_type=Text)
    grant_types: list[str] = Field(sa_type=JSON)
    callback_url: str | None = Field(default=None, sa_type=Text)
    validity_seconds: int
    # JSON as it came, hence Any.
    additional_properties: dict[str, Any] = Field(sa_type=JSON)


class ApiRow(Table, table=True):
    """A read model of `publisher.api`: the fact, and what is searched for. `fact_version` is the fact's."""

    __tablename__ = "api"

    id: str = Field(primary_key=True, max_length=_ID)
    state: str = Field(max_length=20, index=True)
    is_restricted: bool
    name: str = Field(sa_type=Text)
    context: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    provider: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    fact_version: int = Field(sa_type=BigInteger)
    # The fact's JSON, hence Any.
    fact: dict[str, Any] = Field(sa_type=JSON)


class ApiTagRow(Table, table=True):
    __tablename__ = "api_tag"

    api_id: str = Field(primary_key=True, foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    tag: str = Field(primary_key=True, sa_type=Text)


class ApiRoleRow(Table, table=True):
    """Roles that see an API of restricted visibility."""

    __tablename__ = "api_role"

    api_id: str = Field(primary_key=True, foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    role: str = Field(primary_key=True, sa_type=Text)


class DeploymentRow(Table, table=True):
    """A read model of `publisher.deployment`."""

    __tablename__ = "deployment"

    api_id: str = Field(primary_key=True, max_length=_ID)
    environment: str = Field(primary_key=True, sa_type=Text)
    vhost: str = Field(sa_type=Text)
    is_shown: bool
    # Objects of `contracts.publisher.Operation`'s shape.
    operations: list[dict[str, Any]] = Field(sa_type=JSON)


class EnvironmentRow(Table, table=True):
    """A read model of `publisher.environment`."""

    __tablename__ = "environment"

    name: str = Field(primary_key=True, sa_type=Text)
    fact: dict[str, Any] = Field(sa_type=JSON)


class DefaultVersionRow(Table, table=True):
    """A read model of `publisher.default_version`."""

    __tablename__ = "default_version"

    context: str = Field(primary_key=True, sa_type=Text)
    api_id: str = Field(max_length=_ID, index=True)


class PlanRow(Table, table=True):
    """A read model of `publisher.plan`."""

    __tablename__ = "plan"

    level: str = Field(primary_key=True, max_length=20)
    name: str = Field(primary_key=True, sa_type=Text)
    fact: dict[str, Any] = Field(sa_type=JSON)


class SubscriptionControlRow(Table, table=True):
    """A read model of `publisher.subscription_control`."""

    __tablename__ = "subscription_control"

    subscription_id: str = Field(primary_key=True, max_length=_ID)
    block: str = Field(max_length=30)
