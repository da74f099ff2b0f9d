"""Answers about plans, in WSO2's words."""

from __future__ import annotations

from typing import Final

from contracts.publisher import Plan, Quota, QuotaType
from devportal.api.bodies import Answer

_QUOTA_POLICY_TYPES: Final = {
    QuotaType.REQUEST_COUNT: "REQUESTCOUNT",
    QuotaType.EVENT_COUNT: "EVENTCOUNT",
    QuotaType.BANDWIDTH: "BANDWIDTHVOLUME",
}
# WSO2 says "unlimited" with the largest number it has.
_UNLIMITED: Final = 2_147_483_647


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


def plan_answer(plan: Plan) -> PlanAnswer:
    """An unlimited plan shows WSO2's largest number."""
    quota = plan.quota or Quota(type=QuotaType.REQUEST_COUNT, amount=_UNLIMITED, unit_time=1, time_unit="min")
    return PlanAnswer(
        name=plan.name,
        display_name=plan.display_name,
        description=plan.description,
        policy_level=plan.level,
        request_count=quota.amount,
        data_unit="bytes" if quota.type is QuotaType.BANDWIDTH else None,
        unit_time=quota.unit_time,
        time_unit=quota.time_unit,
        quota_policy_type=_QUOTA_POLICY_TYPES[quota.type],
        tier_plan=plan.billing_plan,
        stop_on_quota_reach=plan.stop_on_quota_reach,
    )
