"""Answers about plans, in WSO2's words."""

from __future__ import annotations

from typing import Final

from contracts.publisher import Plan, Quota, QuotaReaction, QuotaType
from devportal.api.bodies import Answer

_QUOTA_POLICY_TYPES: Final = {
    QuotaType.REQUEST_COUNT: "REQUESTCOUNT",
    QuotaType.EVENT_COUNT: "EVENTCOUNT",
    QuotaType.BANDWIDTH: "BANDWIDTHVOLUME",
}
# WSO2 says "unlimited" with the largest number it has.
_UNLIMITED: Final = 2_147_483_647
_BYTES_IN: Final = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}


class SluicePlanAnswer(Answer):
    """What WSO2's policies cannot say."""

    connections: int | None
    max_message_bytes: int | None
    reaction: QuotaReaction


class PlanAnswer(Answer):
    """A throttling policy."""

    name: str
    display_name: str
    description: str
    policy_level: str
    attributes: dict[str, str] = {}
    request_count: int
    data_unit: str | None
    unit_time: int
    time_unit: str
    rate_limit_count: int = 0
    rate_limit_time_unit: str | None = None
    quota_policy_type: str
    tier_plan: str
    stop_on_quota_reach: bool
    monetization_attributes: dict[str, str] | None = None
    sluice: SluicePlanAnswer


def plan_answer(plan: Plan) -> PlanAnswer:
    """An unlimited plan shows WSO2's largest number; bandwidth is shown in the unit it was given in."""
    quota = plan.quota or Quota(type=QuotaType.REQUEST_COUNT, amount=_UNLIMITED, unit_time=1, time_unit="min")
    return PlanAnswer(
        name=plan.name,
        display_name=plan.display_name,
        description=plan.description,
        policy_level=plan.level,
        request_count=quota.amount // _BYTES_IN[quota.data_unit] if quota.data_unit else quota.amount,
        data_unit=quota.data_unit,
        unit_time=quota.unit_time,
        time_unit=quota.time_unit,
        quota_policy_type=_QUOTA_POLICY_TYPES[quota.type],
        tier_plan=plan.billing_plan,
        stop_on_quota_reach=plan.stop_on_quota_reach,
        rate_limit_count=plan.burst.count if plan.burst else 0,
        rate_limit_time_unit=plan.burst.time_unit if plan.burst else None,
        sluice=SluicePlanAnswer(
            connections=plan.connections, max_message_bytes=plan.max_message_bytes, reaction=plan.reaction
        ),
    )
