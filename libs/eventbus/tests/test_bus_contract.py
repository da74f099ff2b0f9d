"""What every bus promises, asked of the fake, the SQLite log and a real Kafka broker alike."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from aiokafka import TopicPartition  # type: ignore[import-untyped]  # no py.typed
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete  # type: ignore[import-untyped]  # no py.typed
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]  # the same

from backing.eventually import eventually, scaled
from eventbus.bus import MAX_RECORD_BYTES, EventBus, Reader, ReceivedRecord, Record, TopicSpec
from eventbus.errors import PositionOutOfRange, RecordTooLarge, UnknownTopic
from eventbus.kafka_bus import KafkaBus
from eventbus.kafka_connection import KafkaConnection
from eventbus.memory import MemoryBus
from eventbus.sqlite_log import SqliteBus

THINGS = TopicSpec("things.v1", partitions=3)
OTHERS = TopicSpec("others.v1", partitions=1)
EVENTS = TopicSpec("events.v1", partitions=1, compacted=False, retention=timedelta(hours=1))


class Log(Protocol):
    """A log under test, and how to make it forget on demand what it would forget some day."""

    async def open(self) -> EventBus: ...

    async def compact(self, topic: str) -> None: ...

    async def outlive_retention(self, topic: str) -> None: ...


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def seconds(self) -> float:
        return self.now.timestamp()


class MemoryLog:
    def __init__(self) -> None:
        self._clock = Clock()
        self._bus = MemoryBus(clock=lambda: self._clock.now)

    async def open(self) -> EventBus:
        return self._bus

    async def compact(self, topic: str) -> None:
        await self._bus.compact()

    async def outlive_retention(self, topic: str) -> None:
        self._clock.now += timedelta(days=8)
        await self._bus.compact()


class SqliteLog:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._clock = Clock()

    async def open(self) -> EventBus:
        return await SqliteBus.open(self._path, clock=self._clock.seconds)

    async def compact(self, topic: str) -> None:
        self._clock.now += timedelta(minutes=2)
        bus = await SqliteBus.open(self._path, clock=self._clock.seconds)
        await bus.compact()
        await bus.close()

    async def outlive_retention(self, topic: str) -> None:
        self._clock.now += timedelta(days=8)
        await self.compact(topic)


class KafkaLog:
    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = f"test-{uuid.uuid4().hex[:8]}."

    async def open(self) -> EventBus:
        return KafkaBus(KafkaConnection(servers=(self._bootstrap,)), topic_prefix=self._prefix)

    async def compact(self, topic: str) -> None:
        """Close the segment, which the cleaner then takes; the record that closes it stays behind."""
        eager = {
            "cleanup.policy": "compact",
            "segment.ms": "50",
            "min.compaction.lag.ms": "0",
            "min.cleanable.dirty.ratio": "0.01",
        }
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, self._prefix + topic, eager)])
        await admin.close()

    async def outlive_retention(self, topic: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(self._prefix + topic, 0): RecordsToDelete(-1)})
        await admin.close()


@pytest.fixture(params=["memory", "sqlite", "kafka"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Log:
    if request.param == "memory":
        return MemoryLog()
    if request.param == "sqlite":
        return SqliteLog(tmp_path / "bus.db")
    return KafkaLog(request.getfixturevalue("kafka_broker").bootstrap)


@pytest.fixture
async def bus(log: Log) -> AsyncIterator[EventBus]:
    bus = await log.open()
    await bus.create_topics([THINGS, OTHERS, EVENTS])
    yield bus
    await bus.close()


def thing(key: str, value: str | None, **headers: str) -> Record:
    return Record(THINGS.name, key, None if value is None else value.encode(), headers)


def event(value: str) -> Record:
    return Record(EVENTS.name, "key", value.encode())


async def receive(reader: Reader, count: int) -> list[ReceivedRecord]:
    """Exactly so many records, which have ten seconds to come."""
    records: list[ReceivedRecord] = []
    async with asyncio.timeout(scaled(timedelta(seconds=10)).total_seconds()):
        while len(records) < count:
            records += await reader.receive(timeout=timedelta(milliseconds=200), max_records=count - len(records))
    return records


async def catch_up(reader: Reader) -> list[ReceivedRecord]:
    """Everything up to the moment in which the reader says that it is caught up."""
    records: list[ReceivedRecord] = []
    async with asyncio.timeout(scaled(timedelta(seconds=10)).total_seconds()):
        while not reader.caught_up:
            records += await reader.receive(timeout=timedelta(milliseconds=200))
    return records


async def read_all(bus: EventBus, topic: str) -> list[ReceivedRecord]:
    async with bus.open_reader([topic]) as reader:
        return await catch_up(reader)


def values(records: Sequence[ReceivedRecord], key: str | None = None) -> list[str]:
    return [(record.value or b"").decode() for record in records if key in (None, record.key)]


async def test_records_of_a_key_are_read_in_the_order_in_which_they_were_sent(bus: EventBus) -> None:
    await bus.send([thing(f"k{number % 5}", str(number)) for number in range(50)])
    await bus.send([thing("k0", "last")])

    records = await read_all(bus, THINGS.name)

    assert len(records) == 51
    assert values(records, "k0") == [*(str(number) for number in range(0, 50, 5)), "last"]
    assert values(records, "k3") == [str(number) for number in range(3, 50, 5)]


async def test_a_record_arrives_as_it_was_sent(bus: EventBus) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    await bus.send([thing("schlüssel", "wert ä", ce_id="1", ce_subject="ü")])

    (record,) = await read_all(bus, THINGS.name)

    assert (record.topic, record.key, record.value) == (THINGS.name, "schlüssel", "wert ä".encode())
    assert record.headers == {"ce_id": "1", "ce_subject": "ü"}
    assert before < record.written_at < datetime.now(UTC) + timedelta(minutes=1)


async def test_an_empty_value_is_not_a_tombstone(bus: EventBus) -> None:
    await bus.send([thing("a", ""), thing("a", None, version="7")])

    empty, tombstone = await read_all(bus, THINGS.name)

    assert empty.value == b""
    assert tombstone.value is None
    assert tombstone.headers == {"version": "7"}


async def test_a_topic_can_be_read_again_from_its_beginning(bus: EventBus) -> None:
    await bus.send([thing("a", "1"), thing("b", "2")])
    first = await read_all(bus, THINGS.name)

    second = await read_all(bus, THINGS.name)

    # Order is promised within a key only: partitions may answer in any order.
    assert sorted(first, key=_place) == sorted(second, key=_place)


def _place(record: ReceivedRecord) -> tuple[int, int]:
    return record.partition, record.offset


async def test_a_reader_goes_on_from_its_positions(bus: EventBus) -> None:
    await bus.send([thing("a", str(number)) for number in range(10)])
    async with bus.open_reader([THINGS.name]) as reader:
        await receive(reader, 4)
        positions = reader.positions

    async with bus.open_reader([THINGS.name], positions) as reader:
        rest = await catch_up(reader)

    assert values(rest) == ["4", "5", "6", "7", "8", "9"]


async def test_what_was_read_but_not_noted_is_read_again(bus: EventBus) -> None:
    await bus.send([thing("a", "1"), thing("a", "2")])
    async with bus.open_reader([THINGS.name]) as crashing:
        noted = crashing.positions
        await receive(crashing, 2)

    async with bus.open_reader([THINGS.name], noted) as reader:
        again = await catch_up(reader)

    assert values(again) == ["1", "2"]


async def test_positions_that_were_caught_up_are_caught_up_at_once(bus: EventBus) -> None:
    await bus.send([thing("a", "1")])
    async with bus.open_reader([THINGS.name, OTHERS.name]) as reader:
        await catch_up(reader)
        positions = reader.positions

    async with bus.open_reader([THINGS.name, OTHERS.name], positions) as reader:
        assert reader.caught_up
        assert await reader.end_positions() == positions


async def test_a_topic_missing_in_the_positions_is_read_from_its_beginning(bus: EventBus) -> None:
    await bus.send([thing("a", "old"), Record(OTHERS.name, "b", b"never seen")])
    async with bus.open_reader([THINGS.name]) as reader:
        await catch_up(reader)
        positions = reader.positions

    async with bus.open_reader([THINGS.name, OTHERS.name], positions) as reader:
        records = await catch_up(reader)

    assert values(records) == ["never seen"]


async def test_empty_topics_are_caught_up_at_once(bus: EventBus) -> None:
    async with bus.open_reader([THINGS.name, OTHERS.name]) as reader:
        assert reader.caught_up
        assert await reader.receive(timeout=timedelta(0)) == []


async def test_a_reader_is_not_caught_up_before_it_has_everything_that_was_there(bus: EventBus) -> None:
    await bus.send([thing(f"k{number}", "x") for number in range(20)])

    async with bus.open_reader([THINGS.name]) as reader:
        assert not reader.caught_up
        await receive(reader, 19)
        assert not reader.caught_up
        await receive(reader, 1)
        assert reader.caught_up


async def test_a_caught_up_reader_stays_so_when_more_is_written(bus: EventBus) -> None:
    async with bus.open_reader([THINGS.name]) as reader:
        await bus.send([thing("a", "later")])

        assert reader.caught_up
        assert values(await receive(reader, 1)) == ["later"]


async def test_an_open_reader_sees_a_write_soon(log: Log, bus: EventBus) -> None:
    other = await log.open()
    async with bus.open_reader([THINGS.name]) as reader:
        waiting = asyncio.create_task(receive(reader, 1))
        await other.send([thing("a", "1")])

        async with asyncio.timeout(scaled(timedelta(seconds=1)).total_seconds()):
            assert values(await waiting) == ["1"]
    await other.close()


async def test_a_reader_that_joins_late_sees_what_was_there_and_what_comes(bus: EventBus) -> None:
    await bus.send([thing("a", "before")])
    async with bus.open_reader([THINGS.name]) as reader:
        await bus.send([thing("a", "after")])

        assert values(await receive(reader, 2)) == ["before", "after"]


async def test_receive_without_anything_to_read_waits_no_longer_than_asked(bus: EventBus) -> None:
    async with bus.open_reader([THINGS.name]) as reader:
        started = asyncio.get_running_loop().time()

        assert await reader.receive(timeout=timedelta(milliseconds=150)) == []

        assert 0.1 < asyncio.get_running_loop().time() - started < 1.5


async def test_a_cancelled_receive_loses_nothing(bus: EventBus) -> None:
    async with bus.open_reader([THINGS.name]) as reader:
        for number in range(20):
            waiting = asyncio.create_task(reader.receive(timeout=timedelta(seconds=5), max_records=1))
            await bus.send([thing("a", str(number))])
            await asyncio.sleep(0.001 * number)
            waiting.cancel()
            done = await asyncio.gather(waiting, return_exceptions=True)
            expected = [] if isinstance(done[0], BaseException) else values(done[0])
            missing = await receive(reader, 1 - len(expected)) if len(expected) < 1 else []
            assert expected + values(missing) == [str(number)]


async def test_several_writers_at_once_lose_nothing_and_keep_their_order(log: Log, bus: EventBus) -> None:
    others = [await log.open() for _ in range(3)]

    async def write(writer: EventBus, name: str) -> None:
        for number in range(20):
            await writer.send([thing(name, str(number))])

    await asyncio.gather(*(write(writer, f"writer-{index}") for index, writer in enumerate(others)))

    records = await read_all(bus, THINGS.name)
    assert [values(records, f"writer-{index}") for index in range(3)] == [[str(n) for n in range(20)]] * 3
    for other in others:
        await other.close()


async def test_topics_may_be_created_again_and_by_several_at_once(log: Log, bus: EventBus) -> None:
    await bus.send([thing("a", "kept")])
    other = await log.open()

    await asyncio.gather(bus.create_topics([THINGS, OTHERS]), other.create_topics([THINGS, TopicSpec("new.v1")]))

    assert values(await read_all(other, THINGS.name)) == ["kept"]
    assert await read_all(bus, "new.v1") == []
    await other.close()


async def test_all_who_open_a_log_see_the_same_cluster_id(log: Log, bus: EventBus) -> None:
    other = await log.open()

    assert await other.cluster_id() == await bus.cluster_id() != ""
    await other.close()


async def test_an_unknown_topic_is_refused_to_writers_and_readers(bus: EventBus) -> None:
    with pytest.raises(UnknownTopic) as sending:
        await bus.send([Record("nobody.v1", "a", b"")])
    with pytest.raises(UnknownTopic) as reading:
        async with bus.open_reader([THINGS.name, "nobody.v1"]):
            pass

    assert sending.value.topics == reading.value.topics == ("nobody.v1",)
    assert sending.value.retriable


async def test_a_record_at_the_limit_passes_and_one_beyond_is_refused(bus: EventBus) -> None:
    largest = Record(THINGS.name, "kkkk", b"x" * (MAX_RECORD_BYTES - 8), {"ab": "cd"})
    beyond = Record(THINGS.name, "kkkk", b"x" * (MAX_RECORD_BYTES - 8), {"ab": "cde"})

    with pytest.raises(RecordTooLarge) as refused:
        await bus.send([thing("a", "not sent either"), beyond])
    await bus.send([largest])

    assert (refused.value.size_bytes, refused.value.retriable) == (MAX_RECORD_BYTES + 1, False)
    assert [record.value for record in await read_all(bus, THINGS.name)] == [largest.value]


async def test_many_large_records_arrive_whole(bus: EventBus) -> None:
    sent = [Record(THINGS.name, f"k{number}", bytes([number]) * 400_000) for number in range(12)]

    await bus.send(sent)

    received = {record.key: record.value for record in await read_all(bus, THINGS.name)}
    assert received == {record.key: record.value for record in sent}


@pytest.mark.parametrize("wanted", [-1, 1_000_000])
async def test_a_position_that_the_log_does_not_hold_is_refused(bus: EventBus, wanted: int) -> None:
    await bus.send([event("1")])

    with pytest.raises(PositionOutOfRange) as refused:
        async with bus.open_reader([EVENTS.name], {(EVENTS.name, 0): wanted}):
            pass

    assert (refused.value.topic, refused.value.partition, refused.value.position) == (EVENTS.name, 0, wanted)


async def test_a_position_that_was_forgotten_is_refused(log: Log, bus: EventBus) -> None:
    await bus.send([event("1"), event("2")])
    async with bus.open_reader([EVENTS.name]) as reader:
        old = reader.positions

    await log.outlive_retention(EVENTS.name)

    with pytest.raises(PositionOutOfRange):
        async with bus.open_reader([EVENTS.name], old):
            pass


async def test_a_reader_with_positions_is_told_when_the_log_forgets_what_it_has_not_read(
    log: Log, bus: EventBus
) -> None:
    # More than a client fetches ahead: what it has fetched stays readable, what it asks for afterwards is gone.
    await bus.send([Record(EVENTS.name, "key", os.urandom(20_000)) for _ in range(300)])

    async with bus.open_reader([EVENTS.name], {(EVENTS.name, 0): 0}) as reader:
        await log.outlive_retention(EVENTS.name)

        with pytest.raises(PositionOutOfRange):
            await receive(reader, 300)


async def test_the_end_stays_right_when_everything_was_forgotten(log: Log, bus: EventBus) -> None:
    await bus.send([event("1"), event("2")])
    async with bus.open_reader([EVENTS.name]) as reader:
        await catch_up(reader)
        end = reader.positions

    await log.outlive_retention(EVENTS.name)

    async with bus.open_reader([EVENTS.name]) as reader:
        assert await catch_up(reader) == []
        assert reader.positions == await reader.end_positions() == await reader.beginning_positions() == end
        await bus.send([event("3")])
        (record,) = await receive(reader, 1)
        assert record.offset >= end[EVENTS.name, 0]


async def test_compaction_keeps_the_last_record_of_each_key(log: Log, bus: EventBus) -> None:
    for version in range(3):
        await bus.send([Record(OTHERS.name, key, f"{key}{version}".encode()) for key in "abc"])
    await bus.send([Record(OTHERS.name, "c", None, {"version": "9"})])
    await log.compact(OTHERS.name)

    async def compacted() -> list[ReceivedRecord]:
        # Kafka compacts what is before the segment that is being written, so something has to be written.
        await bus.send([Record(OTHERS.name, "filler", b"")])
        records = [record for record in await read_all(bus, OTHERS.name) if record.key != "filler"]
        assert len(records) == 3
        return records

    records = await eventually(compacted, within=timedelta(seconds=20), message="superseded records are gone")
    assert {record.key: record.value for record in records} == {"a": b"a2", "b": b"b2", "c": None}
    assert [record.headers for record in records if record.key == "c"] == [{"version": "9"}]


async def test_closing_twice_is_harmless(log: Log) -> None:
    bus = await log.open()

    await bus.close()
    await bus.close()
