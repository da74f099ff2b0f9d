"""Making and stopping aiokafka's consumer: without a group, without commits, and certain to end."""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer  # type: ignore[import-untyped]  # aiokafka 0.14 ships no py.typed

from eventbus.kafka_closing import CLOSE_SECONDS, closed_in_time
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


async def stop_consumer(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer, started or not, within three times `CLOSE_SECONDS`, whatever the broker does; only the caller's
    own cancellation gets out.
    """
    if await closed_in_time(consumer.stop()):
        return
    # With a broker away its stop ends half-way.
    left_over = set(consumer._fetcher._pending_tasks if consumer._fetcher is not None else ())
    for task in left_over:
        task.cancel()
    if left_over:
        _, stuck = await asyncio.wait(left_over, timeout=CLOSE_SECONDS)
        if stuck:
            _log.warning("%d tasks of a consumer did not end in time", len(stuck))
    await closed_in_time(consumer._client.close())
