"""Making and stopping aiokafka's consumer: without a group, without commits, and certain to end.

Its stop has a trap of its own (0.14): with a broker away it raises the cancellation of a task inside of it, as if its
caller had been cancelled, and leaves the rest running.
"""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # aiokafka 0.14 ships no py.typed

from eventbus.kafka_connection import KafkaConnection

_log = logging.getLogger(__name__)

_FETCH_MAX_WAIT_MS = 500


def new_consumer(connection: KafkaConnection) -> AIOKafkaConsumer:
    """A consumer, not started, for one KafkaReader, which stops it."""
    return AIOKafkaConsumer(
        **connection.client_options(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        fetch_max_wait_ms=_FETCH_MAX_WAIT_MS,
        consumer_timeout_ms=1000,
    )


async def stop_consumer(consumer: AIOKafkaConsumer, *, within_seconds: float) -> None:
    """Stop a consumer, started or not, whatever the broker does; only the caller's own cancellation gets out."""
    # In a task, so that the cancellation which stop() may raise cannot be taken for the caller's.
    stopping = asyncio.create_task(consumer.stop(), name="eventbus-stop-consumer")
    await asyncio.wait([stopping], timeout=within_seconds)
    if stopping.done() and not stopping.cancelled() and stopping.exception() is None:
        return
    stopping.cancel()
    left_over = {stopping, *(consumer._fetcher._pending_tasks if consumer._fetcher is not None else ())}
    for task in left_over:
        task.cancel()
    _, stuck = await asyncio.wait(left_over, timeout=within_seconds)
    if stuck:
        _log.warning("%d tasks of a consumer did not end in time", len(stuck))
    await consumer._client.close()
