"""What is due reaches the bus, at the latest when it is back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from contracts import decode
from contracts.gateway import Session, Usage
from eventbus.memory import MemoryBus
from gateway.reporting.reporter import Reporter, new_reporter
from gateway.session.registry import SessionRegistry
from services.gateway.tests.policies.world import new_bus
from services.gateway.tests.reporting.lines import Line

WITHIN = timedelta(seconds=5)


def parts(bus: MemoryBus) -> tuple[Reporter, SessionRegistry]:
    reporter = new_reporter(bus, instance_id="g1", environment="Default")
    return reporter, SessionRegistry(reporter.observers)


async def on_the_bus(bus: MemoryBus) -> list[object]:
    async with bus.open_reader((Session.topic.name, Usage.topic.name)) as reader:
        records = await reader.receive(timeout=timedelta(seconds=0.1))
    return [decode(each.topic, each.key, each.value, each.headers) for each in records]


async def test_sessions_and_use_are_told() -> None:
    bus = await new_bus()
    reporter, registry = parts(bus)
    Line(registry).send(b"hello")

    await reporter.report(registry, with_use=True, within=WITHIN)

    session, usage = sorted(await on_the_bus(bus), key=lambda fact: type(fact).__name__)
    assert isinstance(session, Session)
    assert isinstance(usage, Usage)
    assert usage.bytes_from_client == 5


async def test_bus_that_was_away_hears_everything_when_it_is_back() -> None:
    bus = await new_bus()
    reporter, registry = parts(bus)
    lines = [Line(registry) for _ in range(250)]
    lines[0].send(b"hello")
    bus.available = False
    for _ in range(3):
        await reporter.report(registry, with_use=True, within=WITHIN)

    bus.available = True
    for _ in range(2):
        await reporter.report(registry, with_use=True, within=WITHIN)

    facts = await on_the_bus(bus)
    assert {fact.id for fact in facts if isinstance(fact, Session)} == {line.session.session_id for line in lines}
    assert [fact.bytes_from_client for fact in facts if isinstance(fact, Usage)] == [5]


async def test_gateway_that_stops_tells_what_is_new() -> None:
    bus = await new_bus()
    reporter, registry = parts(bus)
    running = asyncio.create_task(reporter.run(registry))
    await asyncio.sleep(0)
    Line(registry)

    running.cancel()
    await asyncio.wait([running])

    assert len(await on_the_bus(bus)) == 2
