"""The bus without a disk: the fake that is shipped beside the real ones and runs in the same contract suite.

For tests of services: give one MemoryBus to all of them. `available = False` makes it fail as a dead broker does;
`replace()` is a cluster that was lost and set up anew. Nothing survives the process; nothing here is for production.
"""

import asyncio
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from eventbus.bus import (
    TOMBSTONES_KEPT,
    Positions,
    Reader,
    ReceivedRecord,
    Record,
    TopicSpec,
    refuse_out_of_range,
    refuse_too_large,
)
from eventbus.errors import BusUnavailable, LogReplaced, UnknownTopic


@dataclass(slots=True)
class _Partition:
    spec: TopicSpec
    records: list[ReceivedRecord] = field(default_factory=list)
    beginning: int = 0
    end: int = 0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryBus:
    """An EventBus in memory, for one event loop."""

    def __init__(self, *, clock: Callable[[], datetime] = _utc_now) -> None:
        self.available = True
        self._clock = clock
        self._cluster_id = uuid.uuid4().hex
        self._partitions: dict[tuple[str, int], _Partition] = {}
        self._changed = asyncio.Event()

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """See EventBus.create_topics."""
        self._check_available()
        known = {topic for topic, _ in self._partitions}
        for spec in topics:
            if spec.name not in known:
                self._partitions |= {(spec.name, number): _Partition(spec) for number in range(spec.partitions)}

    async def cluster_id(self) -> str:
        """See EventBus.cluster_id."""
        self._check_available()
        return self._cluster_id

    async def send(self, records: Sequence[Record]) -> None:
        """See EventBus.send; all of it or nothing."""
        refuse_too_large(records)
        self._check_available()
        self._refuse_unknown({record.topic for record in records})
        for record in records:
            self._append(record)
        self._wake_readers()

    @asynccontextmanager
    async def open_reader(self, topics: Collection[str], positions: Positions | None = None) -> AsyncIterator[Reader]:
        """See EventBus.open_reader."""
        self._check_available()
        self._refuse_unknown(topics)
        yield MemoryReader(self, topics=topics, positions=positions)

    async def close(self) -> None:
        """See EventBus.close; there is nothing to let go of."""

    def replace(self) -> None:
        """Lose everything and be another cluster, with the same topics."""
        self._cluster_id = uuid.uuid4().hex
        self._partitions = {part: _Partition(held.spec) for part, held in self._partitions.items()}
        self._wake_readers()

    async def compact(self) -> None:
        """Forget at once what Kafka would forget some day."""
        now = self._clock()
        for held in self._partitions.values():
            _compact(held, now=now)

    def _append(self, record: Record) -> None:
        count = sum(1 for topic, _ in self._partitions if topic == record.topic)
        number = zlib.crc32(record.key.encode()) % count
        held = self._partitions[record.topic, number]
        received = ReceivedRecord(
            record.topic,
            record.key,
            record.value,
            dict(record.headers),
            partition=number,
            offset=held.end,
            written_at=self._clock(),
        )
        held.records.append(received)
        held.end += 1

    def _check_available(self) -> None:
        if not self.available:
            raise BusUnavailable("the fake bus was told to be away")

    def _refuse_unknown(self, topics: Collection[str]) -> None:
        if missing := set(topics) - {topic for topic, _ in self._partitions}:
            raise UnknownTopic(missing)

    def _wake_readers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class MemoryReader:
    """A Reader of the MemoryBus; opened by the bus."""

    def __init__(self, bus: MemoryBus, *, topics: Collection[str], positions: Positions | None) -> None:
        self._bus = bus
        self._cluster_id = bus._cluster_id
        self._parts = [part for part in bus._partitions if part[0] in set(topics)]
        self._strict = positions is not None
        refuse_out_of_range(positions or {}, beginnings=self._beginnings, ends=self._ends)
        self._positions = {part: (positions or {}).get(part, begin) for part, begin in self._beginnings.items()}
        self._ends_at_open = self._ends

    async def receive(self, *, timeout: timedelta, max_records: int = 500) -> Sequence[ReceivedRecord]:
        """See Reader.receive."""
        was_caught_up = self.caught_up
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout.total_seconds()):
                while True:
                    changed = self._bus._changed
                    if (records := self._take(max_records)) or self.caught_up is not was_caught_up:
                        return records
                    await changed.wait()
        return self._take(max_records)

    @property
    def positions(self) -> dict[tuple[str, int], int]:
        """See Reader.positions."""
        return dict(self._positions)

    @property
    def caught_up(self) -> bool:
        """See Reader.caught_up."""
        return all(self._positions[part] >= end for part, end in self._ends_at_open.items())

    async def end_positions(self) -> dict[tuple[str, int], int]:
        """See Reader.end_positions."""
        self._bus._check_available()
        return self._ends

    async def beginning_positions(self) -> dict[tuple[str, int], int]:
        """See Reader.beginning_positions."""
        self._bus._check_available()
        return self._beginnings

    @property
    def _ends(self) -> dict[tuple[str, int], int]:
        return {part: self._bus._partitions[part].end for part in self._parts}

    @property
    def _beginnings(self) -> dict[tuple[str, int], int]:
        return {part: self._bus._partitions[part].beginning for part in self._parts}

    def _take(self, max_records: int) -> list[ReceivedRecord]:
        if self._cluster_id != self._bus._cluster_id:
            raise LogReplaced
        self._bus._check_available()
        if self._strict:
            refuse_out_of_range(self._positions, beginnings=self._beginnings, ends=self._ends)
        taken: list[ReceivedRecord] = []
        for part in self._parts:
            taken += self._take_from(part, limit=max_records - len(taken))
        return taken

    def _take_from(self, part: tuple[str, int], *, limit: int) -> list[ReceivedRecord]:
        held = self._bus._partitions[part]
        unread = [record for record in held.records if record.offset >= self._positions[part]]
        taken = unread[:limit]
        if len(taken) == len(unread):
            self._positions[part] = held.end
        elif taken:
            self._positions[part] = taken[-1].offset + 1
        return taken


def _compact(held: _Partition, *, now: datetime) -> None:
    if held.spec.retention is not None:
        cutoff = now - held.spec.retention
        while held.records and held.records[0].written_at < cutoff:
            held.beginning = held.records.pop(0).offset + 1
    if held.spec.compacted:
        last = {record.key: record.offset for record in held.records}
        held.records = [
            record
            for record in held.records
            if last[record.key] == record.offset
            and (record.value is not None or record.written_at >= now - TOMBSTONES_KEPT)
        ]
