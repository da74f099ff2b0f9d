"""Throttling policies as WSO2's Admin v4 has them, and what each field becomes.

One shape for the three levels: a field that belongs to another level is refused. Our own fields are in `sluice`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue

from contracts.publisher import Burst, PlanLevel, QuotaReaction, QuotaType
from publisher.api.plan_limits import CamelBody, LimitBody, read_quota, shown_limit
from publisher.domain.plan import Plan
from publisher.errors import InvalidInput, UnsupportedPlan

_KEPT: Final = ("custom_attributes", "monetization", "subscriber_count", "graphql_max_complexity", "graphql_max_depth")
_ONLY_OF: Final = {
    PlanLevel.SUBSCRIPTION: (
        "rate_limit_count", "rate_limit_time_unit", "stop_on_quota_reach", "billing_plan", "permissions", *_KEPT,
    ),
    PlanLevel.APPLICATION: ("burst_limit",),
    PlanLevel.API: ("conditional_groups",),
}  # fmt: skip

Role = Annotated[str, Field(min_length=1, max_length=255)]


class BurstBody(CamelBody):
    rate_limit_count: int | None = Field(default=None, ge=-1, le=2**31 - 1)
    rate_limit_time_unit: Literal["sec", "min"] | None = None


class AttributeBody(CamelBody):
    name: str
    value: str


class PermissionsBody(CamelBody):
    """Who may subscribe with it: only who has one of the roles, or everybody else."""

    permission_type: Literal["ALLOW", "DENY"]
    roles: list[Role] = Field(min_length=1, max_length=100)


class SluicePlanBody(CamelBody):
    """What WSO2's policies cannot say."""

    connections: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Sessions at the same time.")
    max_message_bytes: int | None = Field(default=None, ge=1, le=2**31 - 1, description="The largest message.")
    reaction: QuotaReaction | None = Field(
        default=None,
        strict=False,
        description="What becomes of a message beyond the quota: `drop`, `close` the session, or `pause` its sender.",
    )


class PlanBody(CamelBody):
    """A throttling policy as it is made or changed."""

    policy_id: JsonValue = Field(default=None, description="Decided by the server; ignored when sent.")
    policy_name: str = Field(min_length=1, max_length=60, pattern=r"^[^\s/\\](?:[^/\\\r\n\t]*[^\s/\\])?$")
    display_name: str | None = Field(default=None, max_length=255)
    description: str | None = Field(default=None, max_length=1024)
    is_deployed: JsonValue = Field(default=None, description="Decided by the server; ignored when sent.")
    type: JsonValue = Field(default=None, description="Decided by the level; ignored when sent.")
    default_limit: LimitBody
    sluice: SluicePlanBody | None = None
    rate_limit_count: int | None = Field(default=None, ge=-1, le=2**31 - 1, description="Burst; 0 and -1: none.")
    rate_limit_time_unit: Literal["sec", "min", ""] | None = None
    stop_on_quota_reach: bool | None = None
    billing_plan: Literal["FREE", "COMMERCIAL"] | None = None
    permissions: PermissionsBody | None = None
    custom_attributes: list[AttributeBody] | None = None
    monetization: dict[str, JsonValue] | None = None
    subscriber_count: int | None = None
    graphql_max_complexity: int | None = Field(default=None, alias="graphQLMaxComplexity")
    graphql_max_depth: int | None = Field(default=None, alias="graphQLMaxDepth")
    burst_limit: BurstBody | None = None
    conditional_groups: list[JsonValue] | None = None

    def to_plan(self, level: PlanLevel, *, plan_id: str) -> Plan:
        """Raises `InvalidInput` or `UnsupportedPlan`, with a pointer."""
        self._check_belongs(level)
        limits, permissions = self.sluice or SluicePlanBody(), self.permissions
        is_allowed = permissions is not None and permissions.permission_type == "ALLOW"
        roles = tuple(dict.fromkeys(permissions.roles)) if permissions else ()
        return Plan(
            id=plan_id,
            level=level,
            name=self.policy_name,
            display_name=self.display_name or self.policy_name,
            description=self.description or "",
            quota=read_quota(self.default_limit),
            is_streaming=self.default_limit.type is QuotaType.EVENT_COUNT,
            billing_plan=self.billing_plan or "FREE",
            stop_on_quota_reach=self.stop_on_quota_reach is not False,
            burst=self._burst(),
            connections=limits.connections,
            max_message_bytes=limits.max_message_bytes,
            reaction=limits.reaction or QuotaReaction.DROP,
            permitted_roles=roles if is_allowed else None,
            denied_roles=() if is_allowed else roles,
            kept=self._kept(),
        )

    def _check_belongs(self, level: PlanLevel) -> None:
        if self.conditional_groups and level is PlanLevel.API:
            raise UnsupportedPlan.at("/conditionalGroups", "conditions are not supported yet; leave it empty")
        others = {name for other, names in _ONLY_OF.items() if other is not level for name in names}
        for name in sorted(others & self.model_fields_set):
            if getattr(self, name) is not None:
                alias = type(self).model_fields[name].alias
                raise InvalidInput.at(f"/{alias}", "is no field of policies of this level")

    def _burst(self) -> Burst | None:
        given = self.burst_limit
        pointer = "/burstLimit" if given else ""
        count = given.rate_limit_count if given else self.rate_limit_count
        unit = given.rate_limit_time_unit if given else self.rate_limit_time_unit
        if count is None or count <= 0:
            return None
        if not unit:
            raise InvalidInput.at(f"{pointer}/rateLimitTimeUnit", "'sec' or 'min', since there is a rateLimitCount")
        return Burst(count=count, time_unit=unit)

    def _kept(self) -> dict[str, Any]:
        kept = self.model_dump(mode="json", by_alias=True, include=set(_KEPT))
        return {name: value for name, value in kept.items() if value is not None}


class PlanListAnswer(CamelBody):
    """All policies of a level."""

    count: int
    plans: Sequence[PlanBody] = Field(alias="list")


def plan_body(plan: Plan) -> PlanBody:
    """The policy as it is read: what was sent, with defaults."""
    answer = {
        "policyId": plan.id,
        "policyName": plan.name,
        "displayName": plan.display_name,
        "description": plan.description,
        "isDeployed": True,
        "defaultLimit": shown_limit(plan),
        "sluice": {
            "connections": plan.connections,
            "maxMessageBytes": plan.max_message_bytes,
            "reaction": plan.reaction,
        },
        **_of_level(plan),
    }
    return PlanBody.model_validate(answer)


def _of_level(plan: Plan) -> dict[str, Any]:
    burst = plan.burst or Burst(count=0, time_unit="")
    if plan.level is PlanLevel.API:
        return {"type": "AdvancedThrottlePolicy", "conditionalGroups": []}
    if plan.level is PlanLevel.APPLICATION:
        limit = {"rateLimitCount": burst.count, "rateLimitTimeUnit": burst.time_unit or None}
        return {"type": "ApplicationThrottlePolicy", "burstLimit": limit}
    return {
        "type": "SubscriptionThrottlePolicy",
        "rateLimitCount": burst.count,
        "rateLimitTimeUnit": burst.time_unit or None,
        "stopOnQuotaReach": plan.stop_on_quota_reach,
        "billingPlan": plan.billing_plan,
        "permissions": _permissions(plan),
        "customAttributes": [],
        **plan.kept,
    }


def _permissions(plan: Plan) -> dict[str, Any] | None:
    if plan.permitted_roles is not None:
        return {"permissionType": "ALLOW", "roles": list(plan.permitted_roles)}
    return {"permissionType": "DENY", "roles": list(plan.denied_roles)} if plan.denied_roles else None
