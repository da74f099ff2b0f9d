"""What the devportal learns and tells over the bus: in any order, twice, and from a log that was lost."""

from __future__ import annotations

import asyncio
import itertools
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backing.eventually import eventually
from contracts import Fact, all_topics, decode, encode
from contracts.devportal import Subscription
from contracts.publisher import ApiState, Block, DefaultVersion, SubscriptionControl
from eventbus.bus import Record, TopicSpec

from .world import DEFAULT_ENVIRONMENT, World, api_fact, deployment_fact, plan_facts

_SOON = timedelta(seconds=10)


@asynccontextmanager
async def _running(world: World) -> AsyncIterator[None]:
    topics = [
        TopicSpec(topic.name, topic.partitions, compacted=topic.compacted, retention=topic.retention)
        for topic in all_topics()
    ]
    await world.bus.create_topics(topics)
    tasks = [asyncio.ensure_future(task()) for task in world.devportal.background]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)


async def _send(world: World, *facts: Fact) -> None:
    for fact in facts:
        told = fact if fact.version else fact.model_copy(update={"version": 1})
        envelope = encode(told, source="publisher", event_id=str(uuid.uuid4()), written_at=datetime.now(UTC))
        await world.bus.send([Record(envelope.topic, envelope.key, envelope.value, envelope.headers)])


def _shown(world: World, api_id: str) -> Callable[[], object]:
    async def is_shown() -> bool:
        response = await world.call("GET", f"/apis/{api_id}", token=None)
        return response.is_success and len(response.json()["endpointURLs"]) == 1

    return is_shown


@pytest.mark.parametrize("seed", range(3))
async def test_facts_in_any_order_and_twice_make_the_same_catalogue(empty_world: World, seed: int) -> None:
    world, api = empty_world, api_fact(version=7)
    subscription_id = str(uuid.uuid4())
    facts: list[Fact] = [
        api_fact(id=api.id, state=ApiState.CREATED, version=3),
        api,
        deployment_fact(api.id),
        DEFAULT_ENVIRONMENT,
        DefaultVersion(context=api.context, api_id=api.id),
        SubscriptionControl(subscription_id=subscription_id, block=Block.BLOCKED),
        *plan_facts(),
    ]
    shuffled = facts * 2
    random.Random(seed).shuffle(shuffled)

    async with _running(world):
        await _send(world, *shuffled)
        await eventually(_settled(world), within=_SOON, message="everything is applied")

    shown = await world.ok("GET", f"/apis/{api.id}", token=None)
    assert shown["lifeCycleStatus"] == "PUBLISHED"
    assert shown["endpointURLs"][0]["URLs"]["ws"] == "ws://localhost:9099/echowebsocket/1.0"
    assert shown["endpointURLs"][0]["defaultVersionURLs"]["ws"] == "ws://localhost:9099/echowebsocket"
    assert (await world.row_counts())["subscription_control"] == 1


def _settled(world: World) -> Callable[[], object]:
    async def is_settled() -> bool:
        return await world.devportal.wire.checks["facts"]() is None

    return is_settled


async def test_ready_with_plans_and_environment_and_nothing_told(empty_world: World) -> None:
    world = empty_world
    checks = {name: check for name, check in world.devportal.checks.items() if name != "trust"}

    async with _running(world):
        await eventually(_settled(world), within=_SOON, message="all is read")
        before = await checks["catalogue"]()
        await _send(world, *plan_facts())
        await eventually(_says(checks["catalogue"], "environment"), within=_SOON, message="only plans are known")
        await _send(world, DEFAULT_ENVIRONMENT)

        async def is_ready() -> bool:
            return [await check() for check in checks.values()] == [None] * len(checks)

        await eventually(is_ready, within=_SOON, message="the devportal is ready")

    assert before == "no application plan is known yet"


def _says(check: Callable[[], object], word: str) -> Callable[[], object]:
    async def says() -> bool:
        return word in str(await check())  # type: ignore[misc]  # a check is asynchronous

    return says


async def test_subscription_reaches_the_bus_and_ends_with_its_api(world: World) -> None:
    api = api_fact()
    async with _running(world):
        await _send(world, api, deployment_fact(api.id))
        await eventually(_shown(world, api.id), within=_SOON, message="the API is in the catalogue")
        subscription_id = await world.subscribe(await world.application(), api.id)

        async def told() -> list[bool]:
            async with world.bus.open_reader([Subscription.topic.name]) as reader:
                records = await reader.receive(timeout=timedelta(seconds=1))
            facts = [decode(record.topic, record.key, record.value, record.headers) for record in records]
            assert {fact.key for fact in facts} == {subscription_id}
            return [record.value is None for record in records]

        async def is_tombstone_last() -> bool:
            return (await told())[-1]

        await eventually(told, within=_SOON, message="the subscription is on the bus")
        await _send(world, api.model_copy(update={"version": 2, "deleted": True}))
        await eventually(is_tombstone_last, within=_SOON, message="its end is on the bus")

    assert (await world.call("GET", f"/subscriptions/{subscription_id}")).status_code == 404


async def test_lost_log_does_not_end_subscriptions(world: World) -> None:
    api = api_fact()
    async with _running(world):
        await _send(world, api, deployment_fact(api.id))
        await eventually(_shown(world, api.id), within=_SOON, message="the API is in the catalogue")
        subscription_id = await world.subscribe(await world.application(), api.id)
    world.bus.replace()

    async def is_swept() -> bool:
        return (await world.call("GET", f"/apis/{api.id}", token=None)).status_code == 404

    async with _running(world):
        await eventually(is_swept, within=_SOON, message="the new log's catalogue is empty")
        kept = await world.ok("GET", f"/subscriptions/{subscription_id}")
        await _send(world, api.model_copy(update={"version": 9}), deployment_fact(api.id, version=9))
        await eventually(_shown(world, api.id), within=_SOON, message="the publisher has told it again")

    assert kept["apiInfo"] is None
    assert (await world.ok("GET", f"/subscriptions/{subscription_id}"))["apiInfo"]["id"] == api.id
    assert set(await world.told(Subscription)) == {subscription_id}


_DELETIONS = [
    api_fact(id="3f0a6a2e-6f7e-4e43-8a9f-000000000001", deleted=True),
    deployment_fact("3f0a6a2e-6f7e-4e43-8a9f-000000000001", deleted=True),
    DEFAULT_ENVIRONMENT.model_copy(update={"deleted": True}),
    DefaultVersion(context="/echowebsocket", api_id="x", deleted=True),
    SubscriptionControl(subscription_id="x", deleted=True),
    *[plan.model_copy(update={"deleted": True}) for plan in plan_facts()],
]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations(_DELETIONS))
async def test_deletions_of_what_was_never_here_are_harmless(empty_world: World, order: list[Fact]) -> None:
    await empty_world.learn(*order)

    counts = await empty_world.row_counts()
    assert [name for name, count in counts.items() if count and not name.startswith("alembic")] == []


async def test_removed_things_leave_the_catalogue(world: World) -> None:
    api_id = await world.publish()
    await world.learn(DefaultVersion(context="/echowebsocket", api_id=api_id))

    removed = itertools.chain(plan_facts(), [DEFAULT_ENVIRONMENT, deployment_fact(api_id), api_fact(id=api_id)])
    await world.learn(*(fact.model_copy(update={"deleted": True}) for fact in removed))
    await world.learn(DefaultVersion(context="/echowebsocket", api_id=api_id, deleted=True))

    assert sum((await world.row_counts()).values()) == 0
