"""The broker is real: it keeps what it was given over kill and restart, freezes, thaws, and compacts when asked to."""

import asyncio
import time
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer  # type: ignore[import-untyped]  # aiokafka ships no types
from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # type: ignore[import-untyped]  # the same

from backing.eventually import eventually, scaled
from backing.kafka import QUICK_COMPACTION, KafkaBroker, NamedKafka
from backing.plugin import StartKafka

_WITHIN = timedelta(seconds=20)


async def test_what_was_produced_is_read_back(kafka_broker: KafkaBroker | NamedKafka) -> None:
    await _create_topic(kafka_broker.bootstrap, "backing.read-back")

    await _produce(kafka_broker.bootstrap, "backing.read-back", [b"one", b"two"])

    assert await _read(kafka_broker.bootstrap, "backing.read-back") == [b"one", b"two"]


async def test_record_of_a_mebibyte_is_accepted(kafka_broker: KafkaBroker | NamedKafka) -> None:
    await _create_topic(kafka_broker.bootstrap, "backing.large")
    value = b"x" * 1024 * 1024

    await _produce(kafka_broker.bootstrap, "backing.large", [value])

    assert await _read(kafka_broker.bootstrap, "backing.large") == [value]


async def test_killed_broker_keeps_records_over_restart(killable_kafka: KafkaBroker) -> None:
    await _create_topic(killable_kafka.bootstrap, "backing.killed")
    await _produce(killable_kafka.bootstrap, "backing.killed", [b"before"])
    address = killable_kafka.bootstrap

    killable_kafka.kill()
    assert not killable_kafka.is_running
    await asyncio.to_thread(killable_kafka.restart)

    assert killable_kafka.bootstrap == address
    assert await _read(address, "backing.killed") == [b"before"]


async def test_record_sent_to_a_paused_broker_arrives_after_resume(killable_kafka: KafkaBroker) -> None:
    await _create_topic(killable_kafka.bootstrap, "backing.paused")
    producer = AIOKafkaProducer(bootstrap_servers=killable_kafka.bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait("backing.paused", b"before")

        killable_kafka.pause()
        sending = await producer.send("backing.paused", b"meanwhile")
        done, _ = await asyncio.wait([sending], timeout=0.5)
        killable_kafka.resume()

        assert not done
        await asyncio.wait_for(sending, timeout=_WITHIN.total_seconds())
    finally:
        await producer.stop()
    assert await _read(killable_kafka.bootstrap, "backing.paused") == [b"before", b"meanwhile"]


def test_broker_starts_again_within_seconds(killable_kafka: KafkaBroker) -> None:
    began = time.monotonic()

    killable_kafka.restart()

    assert time.monotonic() - began < scaled(timedelta(seconds=20)).total_seconds()


async def test_compaction_can_be_seen_within_a_test(start_kafka: StartKafka) -> None:
    broker = start_kafka(properties=QUICK_COMPACTION)
    await _create_topic(broker.bootstrap, "backing.compacted", {"cleanup.policy": "compact"})
    await _produce(broker.bootstrap, "backing.compacted", [b"old"], key=b"same")

    async def the_old_value_is_gone() -> None:
        # Compaction touches closed segments only, and an append is what closes one.
        await _produce(broker.bootstrap, "backing.compacted", [b"new"], key=b"same")
        assert b"old" not in await _read(broker.bootstrap, "backing.compacted")

    await eventually(the_old_value_is_gone, within=_WITHIN, message="the old value was compacted away")


async def _create_topic(bootstrap: str, name: str, settings: dict[str, str] | None = None) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings or {})])
    finally:
        await admin.close()


async def _produce(bootstrap: str, topic: str, values: list[bytes], *, key: bytes | None = None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=2 * 1024 * 1024)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, key=key)
    finally:
        await producer.stop()


async def _read(bootstrap: str, topic: str) -> list[bytes]:
    """All values of the topic, up to the end as it is now."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        (partition,) = consumer.assignment()
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        async with asyncio.timeout(_WITHIN.total_seconds()):
            while await consumer.position(partition) < end:
                values.append((await consumer.getone()).value)
        return values
    finally:
        await consumer.stop()
