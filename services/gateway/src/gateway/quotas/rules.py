"""Which plans hold for a session, and what they ask for, each as a value that a meter can be built from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from contracts.publisher import Burst, Plan, PlanLevel, Quota, QuotaReaction, QuotaType
from gateway.quotas.names import BYTES, MESSAGES, Owner, address_on, burst_name, places_name, quota_name
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


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose quotas a session may spend, and what the places of each are called."""

    each: tuple[Owner, ...]
    places: tuple[str, ...]


def owners_of(labels: SessionLabels, *, address: str) -> Owners:
    """Of a session's API, its application, its subscription, or of its address where nobody has to say who they are."""
    is_anybody = not labels.subscription_id and labels.plan == UNAUTHENTICATED_PLAN
    return _owners(labels.api_id, labels.application_id, labels.subscription_id, address if is_anybody else None)


@lru_cache(maxsize=5_000)
def _owners(api_id: str, application_id: str, subscription_id: str, address: str | None) -> Owners:
    """Asked with each handshake and each end of a session, mostly for the same."""
    owners = [Owner(PlanLevel.API, api_id)]
    if application_id:
        owners.append(Owner(PlanLevel.APPLICATION, application_id))
    if subscription_id:
        owners.append(Owner(PlanLevel.SUBSCRIPTION, subscription_id))
    if address is not None:
        owners.append(address_on(api_id, address))
    return Owners(tuple(owners), tuple(places_name(owner) for owner in owners))


def applied_plans(labels: SessionLabels, owners: Owners, table: RouteTable) -> tuple[AppliedPlan, ...]:
    """The plans of these owners. One that is not known limits nothing."""
    plans = ((table.plan(f"{owner.level}:{_plan_name(owner, labels, table)}"), owner) for owner in owners.each)
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
