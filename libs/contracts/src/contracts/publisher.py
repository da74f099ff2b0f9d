"""Facts that the publisher tells: APIs, where they are deployed, plans, and what it allows subscriptions to do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.fact import Fact, Topic


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ApiState(StrEnum):
    """Life-cycle states (WSO2 `lifeCycleStatus`)."""

    CREATED = "CREATED"
    PROTOTYPED = "PROTOTYPED"
    PUBLISHED = "PUBLISHED"
    BLOCKED = "BLOCKED"
    DEPRECATED = "DEPRECATED"
    RETIRED = "RETIRED"


class Vhost(_Part):
    """A host name under which an environment's gateways are reached, with the ports clients use."""

    host: str
    ws_port: int = 9099
    wss_port: int = 8099


class Environment(Fact):
    """A group of gateways that serve the same deployments."""

    topic: ClassVar[Topic] = Topic("publisher.environment.v1")

    id: str
    name: str
    display_name: str
    type: str = "hybrid"
    vhosts: tuple[Vhost, ...]

    @property
    def key(self) -> str:
        return self.name


class Scope(_Part):
    """A scope of an API and the roles that may have it; no roles: everybody may."""

    name: str
    display_name: str = ""
    description: str = ""
    roles: tuple[str, ...] = ()
    shared: bool = False


class Api(Fact):
    """An API as it is now: identity, life-cycle state, who may see it, with which plans it is sold."""

    topic: ClassVar[Topic] = Topic("publisher.api.v1", partitions=3)

    id: str
    name: str
    display_name: str = ""
    context: str
    api_version: str
    provider: str
    state: ApiState
    is_default_version: bool = False
    visibility: str = "PUBLIC"
    visible_roles: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    api_plan: str | None = None
    scopes: tuple[Scope, ...] = ()
    key_managers: tuple[str, ...] = ("all",)
    approval_needed: bool = False
    security_scheme: tuple[str, ...] = ("oauth2",)
    authorization_header: str = "Authorization"
    description: str = ""
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    additional_properties: dict[str, str] = {}
    business_owner: str = ""
    business_owner_email: str = ""
    technical_owner: str = ""
    technical_owner_email: str = ""
    has_thumbnail: bool = False
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> str:
        return self.id


class DefaultVersion(Fact):
    """Which API answers at a context without a version. One fact for each context, so there are never two."""

    topic: ClassVar[Topic] = Topic("publisher.default_version.v1")

    context: str
    api_id: str

    @property
    def key(self) -> str:
        return self.context


class Endpoint(_Part):
    """Where an API's backend is for one type of keys."""

    url: str


class Operation(_Part):
    """One channel and direction of an API (WSO2 `operations[]`). `verb`: SUBSCRIBE to the client, PUBLISH from it."""

    target: str
    verb: str
    auth_type: str = "Application & Application User"
    scopes: tuple[str, ...] = ()
    uri_mapping: str | None = None


class Deployment(Fact):
    """A revision of an API in one gateway environment, frozen as it was when the revision was made."""

    topic: ClassVar[Topic] = Topic("publisher.deployment.v1", partitions=3)

    api_id: str
    environment: str
    revision_id: str
    vhost: str
    production_endpoint: Endpoint | None = None
    sandbox_endpoint: Endpoint | None = None
    operations: tuple[Operation, ...] = ()
    display_on_devportal: bool = True
    deployed_at: datetime

    @property
    def key(self) -> str:
        return f"{self.api_id}:{self.environment}"


class PlanLevel(StrEnum):
    """What a plan limits."""

    SUBSCRIPTION = "subscription"
    APPLICATION = "application"
    API = "api"


class QuotaType(StrEnum):
    """What a quota counts (WSO2 `ThrottleLimit.type`)."""

    REQUEST_COUNT = "REQUESTCOUNTLIMIT"
    EVENT_COUNT = "EVENTCOUNTLIMIT"
    BANDWIDTH = "BANDWIDTHLIMIT"


class Quota(_Part):
    """At most `amount` (messages, or bytes for BANDWIDTHLIMIT) in each window of `unit_time` `time_unit`s."""

    type: QuotaType
    amount: int
    unit_time: int
    time_unit: str


class Plan(Fact):
    """A throttling policy. No quota: unlimited."""

    topic: ClassVar[Topic] = Topic("publisher.plan.v1")

    id: str
    level: PlanLevel
    name: str
    display_name: str
    description: str = ""
    billing_plan: str = "FREE"
    stop_on_quota_reach: bool = True
    quota: Quota | None = None

    @property
    def key(self) -> str:
        return f"{self.level}:{self.name}"


class Block(StrEnum):
    """What a publisher forbids a subscription."""

    NONE = "NONE"
    BLOCKED = "BLOCKED"
    PROD_ONLY_BLOCKED = "PROD_ONLY_BLOCKED"


class SubscriptionControl(Fact):
    """What the publisher says of a subscription: its block, which holds at once, and what it asks the devportal to
    do.
    """

    topic: ClassVar[Topic] = Topic("publisher.subscription_control.v1", partitions=3)

    subscription_id: str
    block: Block = Block.NONE
    requested_plan: str | None = None
    approval: str | None = None
    reason: str = ""

    @property
    def key(self) -> str:
        return self.subscription_id


FACTS: tuple[type[Fact], ...] = (Environment, Api, DefaultVersion, Deployment, Plan, SubscriptionControl)
