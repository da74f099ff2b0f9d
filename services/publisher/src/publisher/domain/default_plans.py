"""The plans that are there from the first start: WSO2's default throttling policies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Final

from contracts.publisher import PlanLevel, Quota, QuotaType
from publisher.domain.plan import UNAUTHENTICATED, Plan

# Ids of what is there from the beginning are made from names, so that they are the same in every installation.
_NAMESPACE: Final = uuid.UUID("5f1d6f0a-6c1c-5a55-9c56-3f0f5d1f7f10")


def stable_id(kind: str, name: str) -> str:
    """The id of a built-in thing."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name}"))


def default_plans() -> tuple[Plan, ...]:
    """Request-count and event-count plans of every level, in the order in which they are listed."""
    return (*_subscription_plans(), *_streaming_plans(), *_application_plans(), *_api_plans())


def _subscription_plans() -> Iterator[Plan]:
    amounts = {"Gold": 5000, "Silver": 2000, "Bronze": 1000, UNAUTHENTICATED: 500, "DefaultSubscriptionless": 100_000}
    for name, amount in amounts.items():
        yield _plan(PlanLevel.SUBSCRIPTION, name, _per_minute(amount))
    yield _plan(PlanLevel.SUBSCRIPTION, "Unlimited", None)


def _streaming_plans() -> Iterator[Plan]:
    amounts = {"AsyncGold": 50_000, "AsyncSilver": 25_000, "AsyncBronze": 5_000, "AsyncDefaultSubscriptionless": 10_000}
    for name, amount in amounts.items():
        quota = Quota(type=QuotaType.EVENT_COUNT, amount=amount, unit_time=1, time_unit="days")
        yield _plan(PlanLevel.SUBSCRIPTION, name, quota, is_streaming=True)
    yield _plan(PlanLevel.SUBSCRIPTION, "AsyncUnlimited", None, is_streaming=True)


def _application_plans() -> Iterator[Plan]:
    for amount in (50, 20, 10):
        yield _plan(PlanLevel.APPLICATION, f"{amount}PerMin", _per_minute(amount))
    yield _plan(PlanLevel.APPLICATION, "Unlimited", None)


def _api_plans() -> Iterator[Plan]:
    for thousands in (50, 20, 10):
        yield _plan(PlanLevel.API, f"{thousands}KPerMin", _per_minute(thousands * 1000))
    yield _plan(PlanLevel.API, "Unlimited", None)


def _per_minute(amount: int) -> Quota:
    return Quota(type=QuotaType.REQUEST_COUNT, amount=amount, unit_time=1, time_unit="min")


def _plan(level: PlanLevel, name: str, quota: Quota | None, *, is_streaming: bool = False) -> Plan:
    return Plan(
        id=stable_id(level, name),
        level=level,
        name=name,
        display_name=name,
        description=_description(quota),
        quota=quota,
        is_streaming=is_streaming,
    )


def _description(quota: Quota | None) -> str:
    if quota is None:
        return "As much as you like"
    unit = "minute" if quota.time_unit == "min" else "day"
    counted = "events" if quota.type is QuotaType.EVENT_COUNT else "requests"
    return f"Up to {quota.amount} {counted} each {unit}"
