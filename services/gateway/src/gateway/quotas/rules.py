"""Which plans hold for a session, and what they ask for, each as a value that a meter can be built from."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.publisher import Burst, Plan, PlanLevel, Quota, QuotaReaction, QuotaType
from gateway.quotas.names import BYTES, MESSAGES, Owner, address_on, burst_name, quota_name
from gateway.quotas.windows import WindowLength, window_length
from gateway.routing.route_table import RouteTable
from gateway.session.session import UNAUTHENTICATED_PLAN, SessionLabels


@dataclass(frozen=True, slots=True)
class AppliedPlan:
    """A plan and whose quota it limits."""

    plan: Plan
    owner: Owner

    @property
    def quota(self) -> Quota | None:
        """What stops; `stopOnQuotaReach: false` only counts."""
        return self.plan.quota if self.plan.stop_on_quota_reach else None

    @property
    def draws(self) -> tuple[Draw, ...]:
        """What each message is drawn from. Raises UnknownTimeUnit, which the publisher lets nobody save."""
        draws: list[Draw] = []
        if self.quota is not None:
            is_bytes = self.quota.type is QuotaType.BANDWIDTH
            name = quota_name(BYTES if is_bytes else MESSAGES, length_of(self.quota), self.owner)
            draws.append(Draw(self, name, is_bytes=is_bytes))
        if self.plan.burst is not None:
            draws.append(Draw(self, burst_name(self.owner), is_burst=True))
        return tuple(draws)


@dataclass(frozen=True, slots=True)
class Draw:
    """One source by its plan and name. The numbers that hold are the source's: the plan may have changed since."""

    applied: AppliedPlan
    name: str
    is_bytes: bool = False
    is_burst: bool = False


def quota_of(draw: Draw) -> Quota:
    """The quota of a draw that is no burst limit."""
    quota = draw.applied.quota
    assert quota is not None
    return quota


def burst_of(draw: Draw) -> Burst:
    """The burst limit of a draw that is one."""
    burst = draw.applied.plan.burst
    assert burst is not None
    return burst


def length_of(quota: Quota) -> WindowLength:
    """The length of a quota's windows. Raises UnknownTimeUnit."""
    return window_length(quota.unit_time, quota.time_unit)


def owners_of(labels: SessionLabels, *, address: str) -> tuple[Owner, ...]:
    """Whose quotas a session may spend: of its API, its application, its subscription, or of its address where nobody
    has to say who they are.
    """
    owners = [Owner(PlanLevel.API, labels.api_id)]
    if labels.application_id:
        owners.append(Owner(PlanLevel.APPLICATION, labels.application_id))
    if labels.subscription_id:
        owners.append(Owner(PlanLevel.SUBSCRIPTION, labels.subscription_id))
    elif labels.plan == UNAUTHENTICATED_PLAN:
        owners.append(address_on(labels.api_id, address))
    return tuple(owners)


def applied_plans(labels: SessionLabels, table: RouteTable, *, address: str) -> tuple[AppliedPlan, ...]:
    """The plans of these owners. One that is not known limits nothing."""
    owners = owners_of(labels, address=address)
    plans = ((table.plan(f"{owner.level}:{_plan_name(owner, labels, table)}"), owner) for owner in owners)
    return tuple(AppliedPlan(plan, owner) for plan, owner in plans if plan is not None)


def _plan_name(owner: Owner, labels: SessionLabels, table: RouteTable) -> str | None:
    if owner.level is PlanLevel.API:
        api = table.api(owner.id)
        return api.api_plan if api else None
    if owner.level is PlanLevel.APPLICATION:
        application = table.application(owner.id)
        return application.plan if application else None
    return labels.plan


def may_drop(plans: tuple[AppliedPlan, ...]) -> bool:
    """Whether messages may be dropped from the midst of a session."""
    return any(one.draws and one.plan.reaction is QuotaReaction.DROP for one in plans)


def max_message_bytes(plans: tuple[AppliedPlan, ...]) -> int | None:
    """The smallest limit of the plans."""
    return min((one.plan.max_message_bytes for one in plans if one.plan.max_message_bytes is not None), default=None)
