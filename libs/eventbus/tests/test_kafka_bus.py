"""What only Kafka has to promise: dead and paused brokers, control records, gaps, and how topics are made."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition  # type: ignore[import-untyped]  # no py.typed
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]  # the same
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # type: ignore[import-untyped]  # the same

from backing.eventually import eventually, free_ports, scaled
from backing.kafka import KafkaBroker
from eventbus.bus import Reader, ReceivedRecord, Record, TopicSpec
from eventbus.errors import BusUnavailable, LogReplaced
from eventbus.following import Follower
from eventbus.kafka_bus import KafkaBus
from eventbus.kafka_connection import KafkaConnection
from eventbus.kafka_reader import KafkaReader

THINGS = TopicSpec("things.v1")
PATIENCE = scaled(timedelta(seconds=30))


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid.uuid4().hex[:8]}."


@pytest.fixture
async def bus(kafka_broker: KafkaBroker, prefix: str) -> AsyncIterator[KafkaBus]:
    bus = KafkaBus(quick_connection(kafka_broker), topic_prefix=prefix)
    await bus.create_topics([THINGS])
    yield bus
    await bus.close()


def quick_connection(broker: KafkaBroker) -> KafkaConnection:
    return KafkaConnection(servers=(broker.bootstrap,), request_timeout=timedelta(seconds=2))


def thing(value: str) -> Record:
    return Record(THINGS.name, "key", value.encode())


async def receive_until(reader: Reader, last: str) -> list[str]:
    """Values up to the last one, through whatever the broker does meanwhile."""
    found: list[str] = []
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not found or found[-1] != last:
            found += [(record.value or b"").decode() for record in await reader.receive(timeout=timedelta(seconds=1))]
    return found


async def test_a_killed_broker_fails_sends_in_bounded_time_and_everything_goes_on_when_it_is_back(
    killable_kafka: KafkaBroker, bus: KafkaBus
) -> None:
    async with bus.open_reader([THINGS.name]) as reader:
        await bus.send([thing("before")])
        assert await receive_until(reader, "before") == ["before"]
        killable_kafka.kill()

        for _ in range(2):
            started = time.monotonic()
            with pytest.raises(BusUnavailable):
                await bus.send([thing("lost")])
            assert time.monotonic() - started < 10
        assert await reader.receive(timeout=timedelta(milliseconds=500)) == []
        await asyncio.to_thread(killable_kafka.restart)

        async def send_after() -> None:
            await bus.send([thing("after")])

        await eventually(send_after, within=PATIENCE, message="sends work again", retry_on=(BusUnavailable,))
        assert "after" in await receive_until(reader, "after")


async def test_a_paused_broker_fails_sends_in_bounded_time(killable_kafka: KafkaBroker, bus: KafkaBus) -> None:
    await bus.send([thing("before")])
    killable_kafka.pause()

    started = time.monotonic()
    with pytest.raises(BusUnavailable):
        await bus.send([thing("late")])
    assert time.monotonic() - started < 10

    killable_kafka.resume()

    async def send_after() -> None:
        await bus.send([thing("after")])

    await eventually(send_after, within=PATIENCE, message="sends work again", retry_on=(BusUnavailable,))


async def test_a_bus_can_be_closed_while_the_broker_is_dead(killable_kafka: KafkaBroker, prefix: str) -> None:
    bus = KafkaBus(quick_connection(killable_kafka), topic_prefix=prefix)
    await bus.create_topics([THINGS])
    async with bus.open_reader([THINGS.name]):
        await bus.send([thing("before")])
        killable_kafka.kill()
        started = time.monotonic()
    await bus.close()

    assert time.monotonic() - started < 10
    await asyncio.to_thread(killable_kafka.restart)


async def test_nobody_listening_is_unavailable_in_bounded_time() -> None:
    bus = KafkaBus(KafkaConnection(servers=(f"127.0.0.1:{free_ports(1)[0]}",), request_timeout=timedelta(seconds=1)))
    started = time.monotonic()

    with pytest.raises(BusUnavailable):
        await bus.send([thing("a")])
    with pytest.raises(BusUnavailable):
        await bus.cluster_id()
    with pytest.raises(BusUnavailable):
        async with bus.open_reader([THINGS.name]):
            pass

    assert time.monotonic() - started < 10
    await bus.close()


async def test_an_address_that_never_answers_is_unavailable_in_bounded_time() -> None:
    held: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bus = KafkaBus(KafkaConnection(servers=(f"127.0.0.1:{port}",), request_timeout=timedelta(seconds=1)))
    started = time.monotonic()

    with pytest.raises(BusUnavailable):
        await bus.send([thing("a")])

    assert time.monotonic() - started < 6
    await bus.close()
    server.close()
    for writer in held:
        writer.close()
        await writer.wait_closed()


async def test_a_follower_goes_on_through_a_killed_broker(killable_kafka: KafkaBroker, bus: KafkaBus) -> None:
    applied: list[bytes | None] = []

    def apply(records: list[ReceivedRecord]) -> None:
        applied.extend(record.value for record in records)

    follower = Follower(bus, [THINGS.name], apply)  # type: ignore[arg-type]  # a list is all the bus ever gives
    task = asyncio.create_task(follower.run())
    await bus.send([thing("before")])
    await follower.caught_up.wait()
    killable_kafka.kill()
    await eventually(lambda: not follower.connected, within=PATIENCE, message="the outage is noticed")
    await asyncio.to_thread(killable_kafka.restart)

    async def send_after() -> None:
        await bus.send([thing("after")])

    await eventually(send_after, within=PATIENCE, message="sends work again", retry_on=(BusUnavailable,))
    assert not task.done(), task.result()
    await eventually(lambda: b"after" in applied, within=PATIENCE, message="the follower is back")
    assert applied.count(b"before") == 1
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("is_committed", [True, False])
async def test_an_end_that_is_a_control_record_is_reached(
    kafka_broker: KafkaBroker, bus: KafkaBus, prefix: str, is_committed: bool
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka_broker.bootstrap, transactional_id=prefix)
    await producer.start()
    await producer.begin_transaction()
    await producer.send_and_wait(prefix + THINGS.name, b"in a transaction", key=b"key")
    await (producer.commit_transaction() if is_committed else producer.abort_transaction())
    await producer.stop()

    values = []
    async with bus.open_reader([THINGS.name]) as reader:
        started = time.monotonic()
        while not reader.caught_up:
            values += [record.value for record in await reader.receive(timeout=timedelta(seconds=5))]
        seconds = time.monotonic() - started
        assert reader.positions == await reader.end_positions() == {(THINGS.name, 0): 2}

    assert values == ([b"in a transaction"] if is_committed else [])
    assert seconds < 2


async def test_an_end_that_is_left_of_a_compacted_transaction_is_reached(
    kafka_broker: KafkaBroker, bus: KafkaBus, prefix: str
) -> None:
    eager = {"cleanup.policy": "compact", "segment.ms": "50", "min.compaction.lag.ms": "0"}
    await configure(kafka_broker, prefix + THINGS.name, eager)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_broker.bootstrap, transactional_id=prefix)
    await producer.start()

    async def write() -> None:
        await producer.begin_transaction()
        await producer.send_and_wait(prefix + THINGS.name, b"value", key=b"key")
        # The broker closes a segment that is old enough at the next write: so the last one holds the marker alone.
        await asyncio.sleep(0.1)
        await producer.commit_transaction()

    async def read_compacted() -> None:
        await write()
        await asyncio.sleep(0.5)  # The cleaner looks every quarter of a second.
        async with bus.open_reader([THINGS.name]) as reader:
            offsets = []
            async with asyncio.timeout(5):
                while not reader.caught_up:
                    offsets += [record.offset for record in await reader.receive(timeout=timedelta(seconds=5))]
            end = (await reader.end_positions())[THINGS.name, 0]
            assert reader.positions == {(THINGS.name, 0): end}
            assert offsets == [end - 2] != [0]

    await eventually(read_compacted, within=PATIENCE, message="only the last record and its marker are left")
    await producer.stop()


async def test_topics_are_created_as_they_are_meant(kafka_broker: KafkaBroker, bus: KafkaBus, prefix: str) -> None:
    both = TopicSpec("both.v1", partitions=2, compacted=True, retention=timedelta(days=2))
    timed = TopicSpec("timed.v1", partitions=3, compacted=False, retention=timedelta(hours=1))

    await bus.create_topics([both, timed])

    compacted = await configuration(kafka_broker, prefix + THINGS.name)
    assert compacted["cleanup.policy"] == "compact"
    assert compacted["delete.retention.ms"] == str(7 * 24 * 3600 * 1000)
    assert compacted["min.cleanable.dirty.ratio"] == "0.1"
    assert compacted["min.compaction.lag.ms"] == "60000"
    assert compacted["max.message.bytes"] == str(1024 * 1024)
    assert compacted["message.timestamp.type"] == "LogAppendTime"
    assert (await configuration(kafka_broker, prefix + both.name))["cleanup.policy"] == "compact,delete"
    found = await configuration(kafka_broker, prefix + timed.name)
    assert (found["cleanup.policy"], found["retention.ms"]) == ("delete", "3600000")
    async with bus.open_reader([timed.name]) as reader:
        assert set(reader.positions) == {(timed.name, 0), (timed.name, 1), (timed.name, 2)}


async def test_another_cluster_at_the_same_address_is_noticed(
    start_kafka: Callable[..., KafkaBroker], tmp_path: Path
) -> None:
    broker = await asyncio.to_thread(start_kafka)
    bus = KafkaBus(quick_connection(broker), cluster_check_every=timedelta(milliseconds=200))
    await bus.create_topics([THINGS])
    port = int(broker.bootstrap.rpartition(":")[2])
    async with bus.open_reader([THINGS.name]) as reader:
        await asyncio.to_thread(broker.stop)
        again = KafkaBroker()
        await asyncio.to_thread(again.start, tmp_path / "another", port=port)
        try:
            with pytest.raises(LogReplaced):
                await receive_until(reader, "never")
        finally:
            await asyncio.to_thread(again.stop)
    await bus.close()


class ScriptedConsumer:
    """A consumer whose broker answers one fetch: nothing at this position, and the log ends at `end`."""

    def __init__(self, end: int) -> None:
        self._end = end
        self._position = 0
        self._answered_at_ms: float | None = None
        self.late: dict[TopicPartition, list[object]] = {}

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def assign(self, parts: list[TopicPartition]) -> None: ...

    def seek(self, part: TopicPartition, position: int) -> None:
        self._position = position

    async def position(self, part: TopicPartition) -> int:
        return self._position

    async def beginning_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(parts, 0)

    async def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(parts, self._end)

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[object]]:
        if timeout_ms == 0:
            late, self.late = self.late, {}
            self._position += len(late)
            return late
        await asyncio.sleep(timeout_ms / 1000)
        self._answered_at_ms = time.time() * 1000
        return {}

    def last_poll_timestamp(self, part: TopicPartition) -> float | None:
        return self._answered_at_ms

    def last_stable_offset(self, part: TopicPartition) -> int:
        return self._end


def scripted_reader(consumer: ScriptedConsumer) -> KafkaReader:
    async def cluster_id() -> str:
        return "one"

    return KafkaReader(
        consumer,
        partitions={"things.v1": [0]},
        topic_prefix="",
        cluster_id=cluster_id,
        cluster_check_every=timedelta(seconds=15),
        operation_seconds=1.0,
    )


async def test_an_end_that_was_compacted_away_is_reached() -> None:
    reader = scripted_reader(ScriptedConsumer(end=7))
    await reader.start(None)

    assert await reader.receive(timeout=timedelta(seconds=2)) == []

    assert reader.caught_up
    assert reader.positions == {("things.v1", 0): 7}
    await reader.close()


async def test_records_that_arrive_as_the_wait_ends_are_not_taken_for_a_gap() -> None:
    consumer = ScriptedConsumer(end=1)
    reader = scripted_reader(consumer)
    await reader.start(None)
    late = SimpleNamespace(topic="things.v1", key=b"a", value=b"1", headers=(), partition=0, offset=0, timestamp=0)
    consumer.late = {TopicPartition("things.v1", 0): [late]}

    records = await reader.receive(timeout=timedelta(seconds=2))

    assert [record.value for record in records] == [b"1"]
    await reader.close()


async def configure(broker: KafkaBroker, topic: str, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])
    await admin.close()


async def configuration(broker: KafkaBroker, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {entry[0]: entry[1] for entry in response.resources[0][4]}
