"""Sessions that stay get what the facts say now: limits, meters, ends."""

from __future__ import annotations

from typing import Any

from contracts.publisher import OnRedeploy, Operation, Plan, PlanLevel, SessionLimits
from gateway.session.meter import UNLIMITED_METER, Meter
from gateway.session.session import Session
from services.gateway.tests.enforcement.scene import open_scene, other_token
from services.gateway.tests.policies.world import api, application, deployment, subscription

_ELSEWHERE = (Operation(target="/open", verb="SUBSCRIBE"),)


class CountingMeters:
    """Notes for whom a meter was asked. Plans allow `max_message_bytes`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.max_message_bytes: int | None = 20

    def meter_of(self, session: Session) -> Meter:
        self.asked.append(f"{session.session_id} {session.labels.plan}")
        return UNLIMITED_METER

    def max_message_bytes_of(self, session: Session) -> int | None:
        return self.max_message_bytes


def plan(level: PlanLevel, name: str, **changes: Any) -> Plan:
    return Plan(**{"version": 2, "id": "p", "level": level, "name": name, "display_name": name} | changes)


async def test_new_revision_changes_the_limits_of_open_sessions() -> None:
    async with open_scene() as scene:
        line = await scene.open()

        await scene.tell(deployment(version=2, revision_id="r2", limits=SessionLimits(max_message_bytes=10)))

        assert line.session.limits.max_message_bytes == 10
        line.assert_heard_nothing()


async def test_session_whose_subscription_gets_another_plan_gets_its_meter() -> None:
    meters = CountingMeters()
    async with open_scene(meters=meters) as scene:
        line = await scene.open()
        await scene.open("/news/1.0/rooms/5", bearer=other_token())

        await scene.tell(subscription(version=2, plan="Silver"))

        assert meters.asked == ["s1 Silver"]
        assert line.session.limits.max_message_bytes == 20
        line.assert_heard_nothing()


async def test_session_that_is_kept_on_its_revision_gets_another_plan_all_the_same() -> None:
    meters = CountingMeters()
    async with open_scene(meters=meters) as scene:
        line = await scene.open()
        channel, revision_id = line.session.labels.channel, line.session.grounds.revision_id
        await scene.tell(deployment(version=2, revision_id="r2", on_redeploy=OnRedeploy.KEEP, operations=_ELSEWHERE))

        await scene.tell(subscription(version=2, plan="Silver"))

        assert meters.asked[-1] == "s1 Silver"
        assert (line.session.labels.channel, line.session.grounds.revision_id) == (channel, revision_id)
        line.assert_heard_nothing()


async def test_kept_session_has_the_limit_of_its_plan_and_not_those_of_the_new_revision() -> None:
    async with open_scene(meters=CountingMeters()) as scene:
        line = await scene.open()
        limits = SessionLimits(max_message_bytes=10, max_age_seconds=60)

        await scene.tell(deployment(version=2, revision_id="r2", on_redeploy=OnRedeploy.KEEP, limits=limits))

        assert (line.session.limits.max_message_bytes, line.session.limits.max_age) == (20, None)


async def test_kept_session_has_the_limit_of_its_own_revision_when_its_plan_has_none() -> None:
    meters = CountingMeters()
    kept = deployment(version=2, revision_id="r2", on_redeploy=OnRedeploy.KEEP)
    async with open_scene(deployment(limits=SessionLimits(max_message_bytes=30)), meters=meters) as scene:
        line = await scene.open()
        await scene.tell(subscription(version=2, plan="Silver"), kept)
        assert line.session.limits.max_message_bytes == 20

        meters.max_message_bytes = None
        await scene.tell(subscription(version=3, plan="Gold"))

        assert line.session.limits.max_message_bytes == 30


async def test_changed_plan_of_each_level_reaches_its_sessions_and_no_others() -> None:
    meters = CountingMeters()
    async with open_scene(api(api_plan="Heavy"), application(plan="Ten"), meters=meters) as scene:
        await scene.open()
        await scene.open("/news/1.0/rooms/5", bearer=other_token())

        await scene.tell(plan(PlanLevel.SUBSCRIPTION, "Silver"), plan(PlanLevel.APPLICATION, "Heavy"))
        assert meters.asked == []
        for level, name in ((PlanLevel.API, "Heavy"), (PlanLevel.APPLICATION, "Ten")):
            await scene.tell(plan(level, name))

        assert meters.asked == ["s1 Gold", "s1 Gold"]


async def test_application_that_changes_its_plan_is_found_by_the_new_one() -> None:
    meters = CountingMeters()
    async with open_scene(meters=meters) as scene:
        await scene.open()
        await scene.tell(application(version=2, plan="Twenty"))

        await scene.tell(plan(PlanLevel.APPLICATION, "Twenty"), plan(PlanLevel.APPLICATION, "Unlimited"))

        assert len(meters.asked) == 2
