"""The publisher as a whole: its OpenAPI document, readiness, and facts over the bus."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backing.eventually import eventually
from contracts import Fact, all_topics, decode, encode
from contracts import publisher as facts
from contracts.devportal import Application, Subscription, SubscriptionStatus
from eventbus.bus import Record, TopicSpec
from publisher.settings import Settings

from .world import World


@asynccontextmanager
async def _running(world: World) -> AsyncIterator[None]:
    await world.bus.create_topics([TopicSpec(topic.name, partitions=topic.partitions) for topic in all_topics()])
    tasks = [asyncio.ensure_future(task()) for task in world.publisher.background]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(world: World, fact: Fact) -> None:
    told = fact.model_copy(update={"version": 1})
    envelope = encode(told, source="devportal", event_id=str(uuid.uuid4()), written_at=datetime.now(UTC))
    await world.bus.send([Record(envelope.topic, envelope.key, envelope.value, envelope.headers)])


async def test_facts_reach_the_bus_and_come_from_it(world: World) -> None:
    async with _running(world):
        api_id = await world.create()
        subscription_id = str(uuid.uuid4())
        await _send(world, Application(id="app", name="App", owner="sue", plan="Unlimited"))
        await _send(
            world,
            Subscription(
                id=subscription_id,
                api_id=api_id,
                application_id="app",
                plan="Gold",
                status=SubscriptionStatus.UNBLOCKED,
            ),
        )

        async def is_listed() -> bool:
            page = await world.ok("GET", "/subscriptions", params={"apiId": api_id})
            return [one["applicationInfo"]["name"] for one in page["list"]] == ["App"]

        async def is_on_the_bus() -> bool:
            async with world.bus.open_reader([facts.Api.topic.name]) as reader:
                records = await reader.receive(timeout=timedelta(seconds=1))
            read = [decode(record.topic, record.key, record.value, record.headers) for record in records]
            return [fact.key for fact in read] == [api_id]

        await eventually(is_listed, within=timedelta(seconds=10), message="the subscription is listed")
        await eventually(is_on_the_bus, within=timedelta(seconds=10), message="the API is on the bus")


async def test_ready_only_with_the_first_facts_on_the_bus(world: World) -> None:
    checks = world.publisher.wire.checks

    before = await checks["outbox"]()
    async with _running(world):
        await eventually(_is_fine(checks), within=timedelta(seconds=10), message="the wire is ready")

    assert before is not None


def _is_fine(checks: dict[str, Any]) -> Any:
    async def is_fine() -> bool:
        return [await check() for check in checks.values()] == [None] * len(checks)

    return is_fine


async def test_every_operation_is_described(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    for operation in operations:
        assert operation["summary"], operation
        assert operation["description"], operation
        assert {"400", "401", "403"} <= set(operation["responses"])
        assert "422" not in operation["responses"], operation["operationId"]
        assert operation["security"]
    assert "Problem" in document["components"]["schemas"]


async def test_docs_page_loads_nothing_from_elsewhere(world: World) -> None:
    page = (await world.client.get("/docs")).text

    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize("port", ["-1", "70000", "x"])
def test_unusable_port_is_refused(port: str) -> None:
    environment = {"PUBLISHER_DATABASE_URL": "sqlite:///x.db", "PUBLISHER_DEFAULT_WS_PORT": port}

    with pytest.raises(Exception, match="PUBLISHER_DEFAULT_WS_PORT"):
        Settings.from_environment(environment)
