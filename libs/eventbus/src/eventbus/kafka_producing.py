"""Writing to Kafka: acks from all replicas, no idempotence, bounded waits, and a new producer after a failure.

With idempotence aiokafka 0.14 hangs for ever on a dead broker, in the send and in the stop; readers stand duplicates,
so nothing is lost without it. Order per key holds within a producer, which has one request in flight for a partition.
"""

import asyncio
import logging
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # aiokafka 0.14 ships no py.typed

from eventbus.bus import Record
from eventbus.errors import BusUnavailable
from eventbus.kafka_closing import closed_in_time, look_at_error
from eventbus.kafka_connection import KafkaConnection, kafka_errors

_log = logging.getLogger(__name__)

_LINGER_MS = 5
_MAX_BATCH_BYTES = 128 * 1024
_MAX_REQUEST_BYTES = 1024 * 1024


class KafkaProducing:
    """Sends records under their full topic names; starts its producer when it is first needed."""

    def __init__(self, connection: KafkaConnection) -> None:
        self._connection = connection
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._is_closed = False

    async def send(self, records: Sequence[Record]) -> None:
        """Returns when every record is acknowledged. Raises BusUnavailable, within two request timeouts."""
        producer = None
        try:
            with kafka_errors("sending"):
                async with asyncio.timeout(self._connection.operation_seconds):
                    producer = await self._running_producer()
                    await _send_all(producer, records)
        except BusUnavailable:
            await self._discard(producer)
            raise

    async def close(self) -> None:
        """Flush and stop; what cannot be flushed in time is given up."""
        self._is_closed = True
        await self._discard(self._producer)

    async def _running_producer(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._is_closed:
                raise BusUnavailable("the bus is closed")
            if self._producer is None:
                self._producer = await self._start()
            return self._producer

    async def _start(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._connection.client_options(),
            acks="all",
            enable_idempotence=False,
            linger_ms=_LINGER_MS,
            compression_type="gzip",
            max_batch_size=_MAX_BATCH_BYTES,
            max_request_size=_MAX_REQUEST_BYTES,
        )
        try:
            await producer.start()
        except BaseException:
            await _stop(producer)
            raise
        return producer

    async def _discard(self, producer: AIOKafkaProducer | None) -> None:
        if producer is None or producer is not self._producer:
            return
        # It must be silent before the next one speaks: a late batch of it would overwrite what is newer.
        async with self._starting:
            if producer is self._producer:
                self._producer = None
                await _stop(producer)


async def _send_all(producer: AIOKafkaProducer, records: Sequence[Record]) -> None:
    acknowledgements: list[asyncio.Future[object]] = []
    for record in records:
        headers = [(name, value.encode()) for name, value in record.headers.items()]
        sent = await producer.send(record.topic, key=record.key.encode(), value=record.value, headers=headers)
        # When this send is cancelled nobody asks these futures any more.
        sent.add_done_callback(look_at_error)
        acknowledgements.append(sent)
    # All of them, also after a failure: then nothing is left on the way when the caller sends again.
    await asyncio.wait(acknowledgements)
    for acknowledged in acknowledgements:
        acknowledged.result()


async def _stop(producer: AIOKafkaProducer) -> None:
    if await closed_in_time(producer.stop()):
        return
    _log.warning("a producer could not flush and is given up")
    # stop() gives no way to leave out the flush, so its parts are stopped one by one: pending batches fail, then the
    # connections go, which ends the requests in flight, then the sending task can end.
    producer._message_accumulator.fail_all(BusUnavailable("the producer was given up"))
    await closed_in_time(producer.client.close())
    await closed_in_time(producer._sender.close())
