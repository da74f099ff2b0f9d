"""The last checks of a handshake: what is left of its plans, and a place."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from backing.eventually import eventually
from contracts import Fact
from contracts.publisher import Plan, PlanLevel, Quota, QuotaReaction, QuotaType
from gateway.handshake.admission import Admitted, Decision
from gateway.handshake.refusal import Refusal
from gateway.metrics.api_labels import ApiLabels
from gateway.metrics.throttling import ThrottlingMetrics
from gateway.policies.plan_limits import LimitedAdmission
from gateway.quotas.quotas import Quotas
from gateway.session.meter import UNLIMITED_METER, Verdict

from .world import SOON, World, api, application, attempt, everything, open_world, token


def plan(level: PlanLevel, name: str, *, amount: int | None = 10, **changes: Any) -> Plan:
    quota = None if amount is None else Quota(type=QuotaType.EVENT_COUNT, amount=amount, unit_time=1, time_unit="days")
    fields = {"version": 2, "id": "p1", "level": level, "name": name, "display_name": name, "quota": quota}
    return Plan(**fields | changes)


@dataclass(frozen=True, slots=True)
class Limited:
    """A gateway whose quotas run."""

    world: World
    admission: LimitedAdmission

    async def decide(self) -> Decision:
        decision = self.admission.decide(attempt(bearer=token()))
        return await decision if inspect.isawaitable(decision) else decision

    async def admitted(self) -> Admitted:
        decision = await self.decide()
        assert isinstance(decision, Admitted), decision
        return decision


@asynccontextmanager
async def limited(*facts: Fact) -> AsyncIterator[Limited]:
    async with open_world(*everything(*facts)) as world:
        throttling = ThrottlingMetrics(CollectorRegistry(), labels=ApiLabels(lambda: world.feed.table))
        quotas = Quotas(world.bus, instance_id="g1", observer=throttling)
        running = asyncio.create_task(quotas.run())
        try:
            await eventually(lambda: quotas.is_caught_up, within=SOON, message="the quotas are caught up")
            yield Limited(world, LimitedAdmission(world.admission, quotas, table=lambda: world.feed.table))
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_session_without_limits_costs_nothing() -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold", amount=None)) as gateway:
        admitted = await gateway.admitted()

    assert admitted.meter is UNLIMITED_METER
    assert not admitted.may_drop


@pytest.mark.parametrize(
    ("spent", "code"),
    [
        (plan(PlanLevel.SUBSCRIPTION, "Gold", amount=0), 900804),
        (plan(PlanLevel.APPLICATION, "Ten", amount=0), 900803),
        (plan(PlanLevel.API, "Heavy", amount=0), 900800),
    ],
    ids=["subscription", "application", "api"],
)
async def test_spent_quota_is_429_with_the_code_of_its_level(spent: Plan, code: int) -> None:
    async with limited(spent, application(plan="Ten"), api(api_plan="Heavy")) as gateway:
        refusal = await gateway.decide()

    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.code) == (429, code)
    assert 1 <= int(dict(refusal.headers)["Retry-After"]) <= 24 * 3600


async def test_first_claim_is_made_while_the_backend_is_dialled() -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold")) as gateway:
        meter = (await gateway.admitted()).meter

        def is_forwarded() -> bool:
            return meter.message_credit > 0 or meter.judge(1) is Verdict.FORWARD

        await eventually(is_forwarded, within=SOON, message="the claim was granted")


async def test_sessions_of_one_subscription_share_a_meter() -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold")) as gateway:
        one, other = await gateway.admitted(), await gateway.admitted()

    assert one.meter is other.meter


@pytest.mark.parametrize("reaction", list(QuotaReaction))
async def test_only_a_plan_that_drops_asks_for_independent_messages(reaction: QuotaReaction) -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold", reaction=reaction)) as gateway:
        admitted = await gateway.admitted()

    assert admitted.may_drop is (reaction is QuotaReaction.DROP)


async def test_smallest_message_limit_wins() -> None:
    plans = (
        plan(PlanLevel.SUBSCRIPTION, "Gold", max_message_bytes=300),
        plan(PlanLevel.APPLICATION, "Ten", amount=None, max_message_bytes=200),
    )
    async with limited(*plans, application(plan="Ten")) as gateway:
        admitted = await gateway.admitted()

    assert admitted.limits.max_message_bytes == 200


async def test_place_is_refused_until_it_is_given_back() -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold", connections=1)) as gateway:
        admitted = await gateway.admitted()
        refusal = await gateway.decide()
        assert isinstance(refusal, Refusal)
        assert (refusal.name, refusal.status, refusal.code) == ("too-many-connections", 429, 900804)

        gateway.admission.release(admitted)

        await gateway.admitted()


async def test_client_that_goes_while_it_waits_leaves_its_place() -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold", connections=1)) as gateway:
        gone = asyncio.create_task(gateway.decide())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])

        await gateway.admitted()


async def test_with_the_bus_away_a_place_is_found_within_its_share() -> None:
    async with limited(plan(PlanLevel.SUBSCRIPTION, "Gold", connections=1)) as gateway:
        gateway.world.bus.available = False

        await gateway.admitted()
        refusal = await gateway.decide()

    assert isinstance(refusal, Refusal)
