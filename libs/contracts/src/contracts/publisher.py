"""Facts that the publisher tells: APIs, where they are deployed, plans, and what it allows subscriptions to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.fact import Fact, Topic

# A ban lasts at most a day, so the log may forget it after two.
LONGEST_BAN = timedelta(days=1)
BAN_RETENTION = timedelta(days=2)


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


class Distribution(StrEnum):
    """How several backends of one endpoint are used: in turn, or the first that answers in the order given."""

    ROUND_ROBIN = "round-robin"
    FAILOVER = "failover"


class Suspension(_Part):
    """When a failing backend is left alone, and for how long (WSO2 `suspendErrorCode`, `suspendDuration`, `factor`,
    `suspendMaxDuration`): the n-th time in a row for `duration_ms` * `factor`**n, at most `max_duration_ms`.

    No error codes: every failure to connect counts.
    """

    error_codes: tuple[int, ...] = ()
    duration_ms: int
    max_duration_ms: int | None = None
    factor: float = 1.0


class EndpointSecurity(_Part):
    """What the gateway shows the backend (WSO2 `endpoint_security`): one header, whose value travels sealed."""

    header: str = "Authorization"
    sealed_value: str


class Endpoint(_Part):
    """Where an API's backend is for one type of keys; `further_urls` make it several."""

    url: str
    further_urls: tuple[str, ...] = ()
    distribution: Distribution = Distribution.ROUND_ROBIN
    suspension: Suspension | None = None
    connect_timeout_ms: int | None = None
    security: EndpointSecurity | None = None


class Operation(_Part):
    """One channel and direction of an API (WSO2 `operations[]`). `verb`: SUBSCRIBE to the client, PUBLISH from it."""

    target: str
    verb: str
    auth_type: str = "Application & Application User"
    scopes: tuple[str, ...] = ()
    uri_mapping: str | None = None


class OnRedeploy(StrEnum):
    """What becomes of an API's open sessions when another revision takes its place (`sluice.onRedeploy`)."""

    RE_EVALUATE = "re-evaluate"
    KEEP = "keep"
    DRAIN = "drain"
    KILL = "kill"


class InvalidMessageReaction(StrEnum):
    """What becomes of a message that fits none of its channel's schemas."""

    CLOSE = "close"
    ERROR = "error"
    DROP = "drop"
    COUNT = "count"


class MessageSchema(_Part):
    """JSON Schema documents (draft-07 or 2020-12, as JSON texts) of a channel's messages in one direction.

    A message must fit at least one of them. `target` and `verb` are those of the operation.
    """

    target: str
    verb: str
    schemas: tuple[str, ...]


class MessageValidation(_Part):
    """Opt-in validation of payloads (WSO2 `enableSchemaValidation`)."""

    messages: tuple[MessageSchema, ...] = ()
    reaction: InvalidMessageReaction = InvalidMessageReaction.CLOSE


class SessionLimits(_Part):
    """What an API allows each session; None: the gateway's own setting holds."""

    max_message_bytes: int | None = None
    idle_timeout_seconds: int | None = None
    max_age_seconds: int | None = None
    ping_interval_seconds: int | None = None


class Deployment(Fact):
    """A revision of an API in one gateway environment, frozen as it was when the revision was made.

    `origins` None: the Origin is not looked at (WSO2 `corsConfiguration` when enabled). `backend_assertion`: the
    backend is told who connects, in `X-JWT-Assertion`. `forward_credentials`: the backend gets the access token too.
    """

    topic: ClassVar[Topic] = Topic("publisher.deployment.v1", partitions=3)

    api_id: str
    environment: str
    revision_id: str
    vhost: str
    production_endpoint: Endpoint | None = None
    sandbox_endpoint: Endpoint | None = None
    operations: tuple[Operation, ...] = ()
    display_on_devportal: bool = True
    origins: tuple[str, ...] | None = None
    backend_assertion: bool = False
    forward_credentials: bool = False
    validation: MessageValidation | None = None
    limits: SessionLimits = SessionLimits()
    on_redeploy: OnRedeploy = OnRedeploy.RE_EVALUATE
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
    """At most `amount` (messages, or bytes for BANDWIDTHLIMIT) in each window of `unit_time` `time_unit`s: `sec`,
    `min`, `hours`, `days` or `months`. `data_unit`: in what people count the bytes (KB, MB, GB), to show them so.
    """

    type: QuotaType
    amount: int
    unit_time: int
    time_unit: str
    data_unit: str | None = None


class QuotaReaction(StrEnum):
    """What becomes of a message for which nothing is left: dropped with a notice (WSO2's 4003 text), the session is
    closed, or its sender is not read until there is something left again.
    """

    DROP = "drop"
    CLOSE = "close"
    PAUSE = "pause"


class Burst(_Part):
    """At most `count` messages in each `time_unit` (`sec` or `min`), in each gateway (WSO2 `rateLimitCount`,
    `rateLimitTimeUnit`).
    """

    count: int
    time_unit: str


class Plan(Fact):
    """A throttling policy. No quota: unlimited. `connections`: sessions at the same time, over all gateways.

    `permitted_roles` None: everybody may choose it, except who has one of `denied_roles` (WSO2 `permissions`).
    """

    topic: ClassVar[Topic] = Topic("publisher.plan.v1")

    id: str
    level: PlanLevel
    name: str
    display_name: str
    description: str = ""
    billing_plan: str = "FREE"
    stop_on_quota_reach: bool = True
    quota: Quota | None = None
    burst: Burst | None = None
    connections: int | None = None
    max_message_bytes: int | None = None
    reaction: QuotaReaction = QuotaReaction.DROP
    permitted_roles: tuple[str, ...] | None = None
    denied_roles: tuple[str, ...] = ()

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


class DenyType(StrEnum):
    """What a deny policy looks at (WSO2 `conditionType`)."""

    API = "API"
    APPLICATION = "APPLICATION"
    USER = "USER"
    IP = "IP"
    IPRANGE = "IPRANGE"


class DenyPolicy(Fact):
    """Who or what is refused, on every gateway (WSO2 `BlockingCondition`).

    `value`: the context with the version of an API, `owner:name` of an application, a user's name, one address, or
    the first address of a range that ends with `last_address`. `invert`: every other address is refused.
    """

    topic: ClassVar[Topic] = Topic("publisher.deny_policy.v1")

    id: str
    type: DenyType
    value: str
    last_address: str | None = None
    invert: bool = False
    enabled: bool = True

    @property
    def key(self) -> str:
        return self.id


class SessionBan(Fact):
    """Sessions to end now, on every gateway, and not to open again before `until`. All selectors given must fit."""

    topic: ClassVar[Topic] = Topic("publisher.session_ban.v1", retention=BAN_RETENTION)

    id: str
    session_id: str | None = None
    api_id: str | None = None
    application_id: str | None = None
    plan: str | None = None
    user: str | None = None
    address: str | None = None
    banned_at: datetime
    until: datetime
    reason: str = ""
    banned_by: str = ""

    @property
    def key(self) -> str:
        return self.id


FACTS: tuple[type[Fact], ...] = (
    Environment, Api, DefaultVersion, Deployment, Plan, SubscriptionControl, DenyPolicy, SessionBan,
)  # fmt: skip
