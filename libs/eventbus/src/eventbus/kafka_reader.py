"""Reading from Kafka without a group: assigned partitions, positions kept by the caller.

A parked fetch is woken by the broker as soon as there is data, so the long wait costs no latency and idling is cheap.
Aborted transactions are not delivered. A broker that is away makes a reader silent, and it goes on when it is back.
Owns its consumer, which runs tasks of its own, and one task that looks at the cluster's id now and then; `close` ends
them.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition  # type: ignore[import-untyped]  # no py.typed
from aiokafka.errors import OffsetOutOfRangeError  # type: ignore[import-untyped]  # no py.typed

from eventbus.bus import Positions, ReceivedRecord, refuse_out_of_range
from eventbus.errors import BusUnavailable, LogReplaced, PositionOutOfRange
from eventbus.kafka_connection import kafka_errors
from eventbus.kafka_consumer import stop_consumer

_CATCHING_UP_SECONDS = 0.05


class KafkaReader:
    """A Reader of Kafka; opened by the bus."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        *,
        partitions: Mapping[str, Collection[int]],
        topic_prefix: str,
        cluster_id: Callable[[], Awaitable[str]],
        cluster_check_every: timedelta,
        operation_seconds: float,
    ) -> None:
        self._seconds = operation_seconds
        self._check_every = cluster_check_every.total_seconds()
        self._prefix = topic_prefix
        self._parts = [TopicPartition(topic, number) for topic, numbers in partitions.items() for number in numbers]
        self._ask_cluster_id = cluster_id
        self._cluster_id = ""
        self._cluster_check: asyncio.Task[None] | None = None
        self._is_replaced = False
        self._strict = False
        self._positions: dict[TopicPartition, int] = {}
        self._awaited_ends: dict[TopicPartition, int] = {}
        self._consumer = consumer

    async def start(self, positions: Positions | None) -> None:
        """Connect and take the positions, after a look at what the log holds."""
        self._cluster_id = await self._ask_cluster_id()
        with kafka_errors("opening a reader"):
            async with asyncio.timeout(self._seconds):
                await self._consumer.start()
                self._consumer.assign(self._parts)
                beginnings = await self._consumer.beginning_offsets(self._parts)
                ends = await self._consumer.end_offsets(self._parts)
        refuse_out_of_range(positions or {}, beginnings=self._named(beginnings), ends=self._named(ends))
        self._strict = positions is not None
        for part in self._parts:
            self._seek(part, (positions or {}).get(self._name(part), beginnings[part]))
        self._awaited_ends = dict(ends)
        self._forget_reached_ends()
        self._cluster_check = asyncio.create_task(self._watch_cluster(), name="eventbus-cluster-check")

    async def receive(self, *, timeout: timedelta, max_records: int = 500) -> Sequence[ReceivedRecord]:
        """See Reader.receive."""
        deadline = time.monotonic() + timeout.total_seconds()
        was_caught_up = self.caught_up
        while True:
            if self._is_replaced:
                raise LogReplaced
            records = await self._fetch(deadline, max_records)
            if records or self.caught_up is not was_caught_up or time.monotonic() >= deadline:
                return records

    @property
    def positions(self) -> dict[tuple[str, int], int]:
        """See Reader.positions."""
        return self._named(self._positions)

    @property
    def caught_up(self) -> bool:
        """See Reader.caught_up."""
        return not self._awaited_ends

    async def end_positions(self) -> dict[tuple[str, int], int]:
        """See Reader.end_positions."""
        return self._named(await self._offsets(self._consumer.end_offsets))

    async def beginning_positions(self) -> dict[tuple[str, int], int]:
        """See Reader.beginning_positions."""
        return self._named(await self._offsets(self._consumer.beginning_offsets))

    async def close(self) -> None:
        """Stop the consumer; what it still waits for is given up."""
        if self._cluster_check is not None:
            self._cluster_check.cancel()
            with suppress(asyncio.CancelledError):
                await self._cluster_check
        await stop_consumer(self._consumer)

    async def _fetch(self, deadline: float, max_records: int) -> list[ReceivedRecord]:
        seconds = max(0.0, deadline - time.monotonic())
        if not self.caught_up:
            # aiokafka passes over control records without waking anybody, so look at the positions now and then.
            seconds = min(seconds, _CATCHING_UP_SECONDS)
        asked_at_ms = time.time() * 1000
        try:
            with kafka_errors("reading"):
                fetched = await self._consumer.getmany(timeout_ms=int(seconds * 1000), max_records=max_records)
                # An answer may have come in the very moment in which the wait ended: without this look, which does
                # not wait, _past_gap would take its records for a gap.
                fetched = fetched or await self._consumer.getmany(timeout_ms=0, max_records=max_records)
        except BusUnavailable as error:
            if not isinstance(error.__cause__, OffsetOutOfRangeError):
                raise
            await self._start_again(error.__cause__)
            return []
        await self._advance(self._parts if not fetched else list(fetched), asked_at_ms=None if fetched else asked_at_ms)
        return [self._received(record) for batch in fetched.values() for record in batch]

    async def _advance(self, parts: Sequence[TopicPartition], *, asked_at_ms: float | None) -> None:
        # Every partition has a position, so nothing here really waits: a cancellation cannot lose what was fetched.
        for part in parts:
            position = await self._consumer.position(part)
            if asked_at_ms is not None:
                position = self._past_gap(part, position, asked_at_ms)
            self._positions[part] = position
        self._forget_reached_ends()

    def _past_gap(self, part: TopicPartition, position: int, asked_at_ms: float) -> int:
        # The broker was asked for this position, had nothing, and named a later end: all in between was compacted
        # away. Only an answer since `asked_at_ms` counts, for then no partition had anything, and so this one was not
        # merely left out because an answer was full.
        answered_at_ms = self._consumer.last_poll_timestamp(part)
        end = self._consumer.last_stable_offset(part)
        if end is None or end <= position or answered_at_ms is None or answered_at_ms <= asked_at_ms:
            return position
        self._seek(part, end)
        return int(end)

    async def _start_again(self, error: OffsetOutOfRangeError) -> None:
        lost = dict(error.args[0])
        if self._strict:
            part, position = next(iter(lost.items()))
            topic, number = self._name(part)
            raise PositionOutOfRange(topic, number, position) from error
        beginnings = await self._offsets(self._consumer.beginning_offsets)
        ends = await self._offsets(self._consumer.end_offsets)
        for part in lost:
            self._seek(part, beginnings[part])
            if part in self._awaited_ends:
                self._awaited_ends[part] = ends[part]
        self._forget_reached_ends()

    async def _watch_cluster(self) -> None:
        # A cluster that was set up anew behind the same address may already be longer than our positions, and then
        # no error would ever tell.
        while not self._is_replaced:
            await asyncio.sleep(self._check_every)
            with suppress(BusUnavailable):
                self._is_replaced = await self._ask_cluster_id() != self._cluster_id

    async def _offsets(
        self, ask: Callable[[list[TopicPartition]], Awaitable[dict[TopicPartition, int]]]
    ) -> dict[TopicPartition, int]:
        with kafka_errors("asking for offsets"):
            async with asyncio.timeout(self._seconds):
                return await ask(self._parts)

    def _seek(self, part: TopicPartition, position: int) -> None:
        self._consumer.seek(part, position)
        self._positions[part] = position

    def _forget_reached_ends(self) -> None:
        if self._awaited_ends:
            self._awaited_ends = {part: end for part, end in self._awaited_ends.items() if self._positions[part] < end}

    def _name(self, part: TopicPartition) -> tuple[str, int]:
        return part.topic.removeprefix(self._prefix), part.partition

    def _named(self, offsets: Mapping[TopicPartition, int]) -> dict[tuple[str, int], int]:
        return {self._name(part): offset for part, offset in offsets.items()}

    def _received(self, record: ConsumerRecord) -> ReceivedRecord:
        return ReceivedRecord(
            topic=record.topic.removeprefix(self._prefix),
            key=(record.key or b"").decode(errors="replace"),
            value=record.value,
            headers={name: value.decode(errors="replace") for name, value in record.headers},
            partition=record.partition,
            offset=record.offset,
            written_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        )
