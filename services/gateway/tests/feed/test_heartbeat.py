"""The gateway says that it lives, what it serves, and goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from backing.eventually import eventually
from contracts import Fact, Tombstone, decode
from contracts.gateway import Instance
from eventbus.memory import MemoryBus
from gateway.feed.heartbeat import Heartbeat
from gateway.routing.route_table import RouteTable
from services.gateway.tests.policies.world import SOON, deployment, new_bus


def heartbeat(bus: MemoryBus) -> Heartbeat:
    table = RouteTable("Default").with_fact(deployment())
    return Heartbeat(bus, instance_id="g1", release="1.2.3", table=lambda: table)


async def read(bus: MemoryBus) -> list[Fact | Tombstone]:
    async with bus.open_reader([Instance.topic.name]) as reader:
        records = await reader.receive(timeout=timedelta(milliseconds=10))
    return [decode(each.topic, each.key, each.value, each.headers) for each in records]


def has_beaten(bus: MemoryBus) -> Callable[[], Awaitable[bool]]:
    async def is_there() -> bool:
        return bool(await read(bus))

    return is_there


async def test_beat_tells_what_is_deployed() -> None:
    bus = await new_bus()
    running = asyncio.create_task(heartbeat(bus).run())

    await eventually(has_beaten(bus), within=SOON, message="the first beat")

    instance = (await read(bus))[0]
    assert isinstance(instance, Instance)
    assert (instance.id, instance.environment, instance.release) == ("g1", "Default", "1.2.3")
    assert instance.deployed == {"a1": "r1"}
    running.cancel()
    await asyncio.wait([running])


async def test_end_is_told_with_a_newer_tombstone() -> None:
    bus = await new_bus()
    running = asyncio.create_task(heartbeat(bus).run())
    await eventually(has_beaten(bus), within=SOON, message="the first beat")

    running.cancel()
    await asyncio.wait([running])

    first, last = await read(bus)
    assert isinstance(last, Tombstone)
    assert last.version > first.version
    assert running.cancelled()


async def test_bus_that_is_away_ends_nothing() -> None:
    bus = await new_bus()
    bus.available = False
    running = asyncio.create_task(heartbeat(bus).run())

    done, _ = await asyncio.wait([running], timeout=0.1)

    assert not done
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
