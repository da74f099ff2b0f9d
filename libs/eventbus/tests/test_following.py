"""The follower: applies everything, survives every outage, takes nothing back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest

from backing.eventually import eventually
from eventbus.bus import ReceivedRecord, Record, TopicSpec
from eventbus.errors import BusUnavailable, LogReplaced
from eventbus.following import Follower
from eventbus.memory import MemoryBus

THINGS = TopicSpec("things.v1", partitions=2)
SOON = timedelta(seconds=5)


class Table:
    """What a gateway does with records, in small."""

    def __init__(self) -> None:
        self.values: dict[str, bytes | None] = {}
        self.seen = 0

    def apply(self, records: Sequence[ReceivedRecord]) -> None:
        if any(record.value == b"poison" for record in records):
            raise ValueError("poison")
        for record in records:
            self.values[record.key] = record.value
            self.seen += 1


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus()
    await bus.create_topics([THINGS])
    return bus


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def errors() -> list[Exception]:
    return []


@pytest.fixture
async def follower(bus: MemoryBus, table: Table, errors: list[Exception]) -> AsyncIterator[Follower]:
    quickly = timedelta(milliseconds=10)
    follower = Follower(bus, [THINGS.name], table.apply, on_error=errors.append, first_pause=quickly)
    task = asyncio.create_task(follower.run())
    yield follower
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def thing(key: str, value: bytes | None) -> Record:
    return Record(THINGS.name, key, value)


async def test_it_is_caught_up_when_it_holds_what_was_there(bus: MemoryBus, table: Table) -> None:
    await bus.send([thing(f"k{number}", b"1") for number in range(2000)])
    follower = Follower(bus, [THINGS.name], table.apply)
    task = asyncio.create_task(follower.run())

    async with asyncio.timeout(5):
        await follower.caught_up.wait()

    assert len(table.values) == 2000
    task.cancel()
    await asyncio.wait([task])


async def test_it_goes_on_after_catching_up(bus: MemoryBus, follower: Follower, table: Table) -> None:
    await follower.caught_up.wait()

    await bus.send([thing("a", b"1"), thing("b", None)])

    await eventually(lambda: table.values == {"a": b"1", "b": None}, within=SOON, message="applied")
    assert set(follower.last_record_at) == {THINGS.name}
    assert (follower.applied, follower.rejected, follower.connected) == (2, 0, True)


async def test_it_comes_back_after_an_outage_and_reads_nothing_twice(
    bus: MemoryBus, follower: Follower, table: Table, errors: list[Exception]
) -> None:
    await bus.send([thing("a", b"1")])
    await follower.caught_up.wait()

    bus.available = False
    await eventually(lambda: bool(errors), within=SOON, message="the outage was reported")
    assert not follower.connected
    bus.available = True
    await bus.send([thing("b", b"1")])

    await eventually(lambda: table.values == {"a": b"1", "b": b"1"}, within=SOON, message="applied")
    assert isinstance(errors[0], BusUnavailable)
    assert table.seen == 2


async def test_it_waits_for_a_topic_that_nobody_has_created_yet(table: Table) -> None:
    bus = MemoryBus()
    follower = Follower(bus, [THINGS.name], table.apply, first_pause=timedelta(milliseconds=10))
    task = asyncio.create_task(follower.run())

    await bus.create_topics([THINGS])

    async with asyncio.timeout(5):
        await follower.caught_up.wait()
    task.cancel()
    await asyncio.wait([task])


async def test_a_replaced_log_is_applied_on_top_and_empties_nothing(
    bus: MemoryBus, follower: Follower, table: Table, errors: list[Exception]
) -> None:
    await bus.send([thing("a", b"old"), thing("b", b"old")])
    await eventually(lambda: table.seen == 2, within=SOON, message="applied")

    bus.replace()
    await bus.send([thing("b", b"new")])

    await eventually(lambda: table.values == {"a": b"old", "b": b"new"}, within=SOON, message="applied on top")
    assert follower.caught_up.is_set()
    assert any(isinstance(error, LogReplaced) for error in errors)


async def test_a_record_that_cannot_be_applied_blocks_nobody(
    bus: MemoryBus, follower: Follower, table: Table, errors: list[Exception]
) -> None:
    await bus.send([thing("a", b"1"), thing("bad", b"poison"), thing("c", b"1")])

    await eventually(lambda: table.values == {"a": b"1", "c": b"1"}, within=SOON, message="the good ones are applied")
    assert follower.rejected == 1
    assert any(isinstance(error, ValueError) for error in errors)


async def test_its_lag_is_known_while_it_is_connected(bus: MemoryBus, follower: Follower) -> None:
    await bus.send([thing("a", b"1")])

    await eventually(lambda: follower.lag_records == {THINGS.name: 0}, within=SOON, message="the lag was looked up")
