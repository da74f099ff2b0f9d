"""The publisher's tables. Those of the outbox and inbox get their columns from libs/outbox.

Read models of other services' facts (`application`, `subscription`) have no foreign keys: facts come in any order.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from outbox import InboxColumns, InboxTables, OutboxColumns, ParkedColumns, PositionColumns, WireTables
from publisher.store.moments import UtcDateTime

_ID = 36
_NAME = 150


class Table(SQLModel, registry=registry()):
    """Base of the publisher's tables: a registry of their own, since another service has tables of the same names."""


class OutboxRow(Table, OutboxColumns, table=True):
    __tablename__ = "outbox"


class InboxRow(Table, InboxColumns, table=True):
    __tablename__ = "inbox"


class PositionRow(Table, PositionColumns, table=True):
    __tablename__ = "reader_position"


class ParkedRow(Table, ParkedColumns, table=True):
    __tablename__ = "parked_record"


WIRE_TABLES = WireTables(outbox=OutboxRow, inbox=InboxTables(inbox=InboxRow, position=PositionRow, parked=ParkedRow))


class IdentityRow(Table, table=True):
    """A name and the context that belongs to it: the row whose constraints decide a race of creates.

    Also which version answers without a version: the one people chose, and the one that does so now.
    """

    __tablename__ = "api_identity"

    name_key: str = Field(primary_key=True, max_length=_NAME)
    context_key: str = Field(max_length=250, unique=True)
    name: str = Field(max_length=_NAME)
    context: str = Field(max_length=250)
    chosen_default: str | None = Field(default=None, max_length=_ID)
    active_default: str | None = Field(default=None, max_length=_ID)


class ApiRow(Table, table=True):
    """A version of an API. `name` and `context` repeat the identity's, for searching and sorting."""

    __tablename__ = "api"
    __table_args__ = (UniqueConstraint("name_key", "canonical_version", name="uq_api_version"),)

    id: str = Field(primary_key=True, max_length=_ID)
    name_key: str = Field(foreign_key="api_identity.name_key", max_length=_NAME)
    canonical_version: str = Field(max_length=30)
    name: str = Field(max_length=_NAME, index=True)
    context: str = Field(max_length=250)
    version: str = Field(max_length=30)
    provider: str = Field(max_length=255, index=True)
    state: str = Field(max_length=20, index=True)
    description: str = Field(sa_type=Text)
    is_restricted: bool = False
    # WSO2's JSON, hence Any.
    document: dict[str, Any] = Field(sa_type=JSON)
    # The AsyncAPI document, of any shape.
    definition: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    last_revision: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    updated_by: str = Field(max_length=255)


class ApiTagRow(Table, table=True):
    __tablename__ = "api_tag"

    api_id: str = Field(primary_key=True, foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    tag: str = Field(primary_key=True, max_length=250)


class ApiAccessRoleRow(Table, table=True):
    """Roles that see an API of restricted access."""

    __tablename__ = "api_access_role"

    api_id: str = Field(primary_key=True, foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    role: str = Field(primary_key=True, max_length=250)


class ApiPlanRow(Table, table=True):
    """Plans that an API names: while it does, they are in use."""

    __tablename__ = "api_plan"
    __table_args__ = (Index("ix_api_plan_plan", "level", "plan"),)

    api_id: str = Field(primary_key=True, foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    level: str = Field(primary_key=True, max_length=20)
    plan: str = Field(primary_key=True, max_length=255)


class LifecycleEventRow(Table, table=True):
    __tablename__ = "lifecycle_event"

    number: int | None = Field(default=None, primary_key=True)
    api_id: str = Field(foreign_key="api.id", ondelete="CASCADE", max_length=_ID, index=True)
    before: str | None = Field(default=None, max_length=20)
    after: str = Field(max_length=20)
    user: str = Field(max_length=255)
    happened_at: datetime = Field(sa_type=UtcDateTime)


class RevisionRow(Table, table=True):
    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("api_id", "number", name="uq_revision_number"),)

    id: str = Field(primary_key=True, max_length=_ID)
    api_id: str = Field(foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    number: int
    description: str = Field(max_length=255)
    document: dict[str, Any] = Field(sa_type=JSON)
    definition: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(max_length=255)


class EnvironmentRow(Table, table=True):
    __tablename__ = "environment"

    name: str = Field(primary_key=True, max_length=100)
    id: str = Field(max_length=_ID, unique=True)
    display_name: str = Field(max_length=255)
    type: str = Field(max_length=20)
    # Objects of `contracts.publisher.Vhost`'s shape.
    vhosts: list[dict[str, Any]] = Field(sa_type=JSON)


class DeploymentRow(Table, table=True):
    """At most one revision of an API in each environment."""

    __tablename__ = "deployment"

    api_id: str = Field(primary_key=True, foreign_key="api.id", ondelete="CASCADE", max_length=_ID)
    environment: str = Field(primary_key=True, foreign_key="environment.name", max_length=100)
    revision_id: str = Field(foreign_key="revision.id", max_length=_ID, index=True)
    vhost: str = Field(max_length=255)
    is_shown_on_devportal: bool = True
    deployed_at: datetime = Field(sa_type=UtcDateTime)


class PlanRow(Table, table=True):
    """A throttling policy; without a quota type it is unlimited."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("level", "name", name="uq_plan_name"),)

    id: str = Field(primary_key=True, max_length=_ID)
    level: str = Field(max_length=20)
    name: str = Field(max_length=60)
    position: int = 0
    display_name: str = Field(max_length=255)
    description: str = Field(sa_type=Text)
    billing_plan: str = Field(max_length=20)
    stop_on_quota_reach: bool = True
    is_streaming: bool = False
    # Objects of `contracts.publisher.Quota`'s and `Burst`'s shape.
    quota: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    burst: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    connections: int | None = Field(default=None, sa_type=BigInteger)
    max_message_bytes: int | None = Field(default=None, sa_type=BigInteger)
    reaction: str = Field(max_length=20)
    permitted_roles: list[str] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    denied_roles: list[str] = Field(sa_type=JSON)
    # WSO2's JSON, hence Any.
    kept: dict[str, Any] = Field(sa_type=JSON)


class ApplicationRow(Table, table=True):
    """A read model of `devportal.application`."""

    __tablename__ = "application"

    id: str = Field(primary_key=True, max_length=100)
    name: str = Field(max_length=255)
    owner: str = Field(max_length=255)
    description: str = Field(sa_type=Text)
    plan: str = Field(default="", max_length=255, index=True)


class SubscriptionRow(Table, table=True):
    """A read model of `devportal.subscription`."""

    __tablename__ = "subscription"

    id: str = Field(primary_key=True, max_length=100)
    api_id: str = Field(max_length=100, index=True)
    application_id: str = Field(max_length=100, index=True)
    plan: str = Field(max_length=255, index=True)
    status: str = Field(max_length=30)


class SubscriptionControlRow(Table, table=True):
    """What the publisher says of a subscription."""

    __tablename__ = "subscription_control"

    subscription_id: str = Field(primary_key=True, max_length=100)
    block: str = Field(max_length=20)


class DenyPolicyRow(Table, table=True):
    """Who or what is refused. `identity` says the same thing in the same way, so that it is there only once."""

    __tablename__ = "deny_policy"

    id: str = Field(primary_key=True, max_length=_ID)
    identity: str = Field(max_length=700, unique=True)
    type: str = Field(max_length=20)
    value: str = Field(max_length=600)
    last_address: str | None = Field(default=None, max_length=50)
    invert: bool = False
    enabled: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class SessionBanRow(Table, table=True):
    """Which sessions must not be, and until when."""

    __tablename__ = "session_ban"

    id: str = Field(primary_key=True, max_length=_ID)
    session_id: str | None = Field(default=None, max_length=255)
    api_id: str | None = Field(default=None, max_length=255)
    application_id: str | None = Field(default=None, max_length=255)
    plan: str | None = Field(default=None, max_length=255)
    user: str | None = Field(default=None, max_length=255)
    address: str | None = Field(default=None, max_length=255)
    banned_at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime, index=True)
    reason: str = Field(sa_type=Text)
    banned_by: str = Field(max_length=255)
