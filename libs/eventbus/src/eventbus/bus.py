"""The values and the protocols of the bus; it knows bytes and nothing about facts.

Promises, the same for every implementation: a sent record is durable, records of one key are read in the order in
which they were written, a topic can be read again from its beginning, compaction keeps the last record of each key.
There is no exactly-once and no order between keys: readers must stand duplicates.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from eventbus.errors import PositionOutOfRange, RecordTooLarge

MAX_RECORD_BYTES = 900_000
"""Key, value and headers together. Kafka's own limit of 1 MiB for a batch leaves room for the framing."""

TOMBSTONES_KEPT = timedelta(days=7)
"""How long a deletion can be read on a compacted topic; a reader away for half of this starts from the beginning."""

ALL_KEPT = timedelta(minutes=1)
"""How long at least every record can be read, also one whose key has a newer one: who reads along misses none."""

Positions = Mapping[tuple[str, int], int]
"""(topic, partition) -> the next offset to read."""

_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}")


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic to create. Without `retention` it is kept for ever, which only a compacted topic may be."""

    name: str
    partitions: int = 1
    compacted: bool = True
    retention: timedelta | None = None

    def __post_init__(self) -> None:
        if not _TOPIC_NAME.fullmatch(self.name):
            raise ValueError(f"not a topic name: {self.name!r}")
        if self.partitions < 1:
            raise ValueError(f"{self.name}: a topic has at least one partition")
        if self.retention is None and not self.compacted:
            raise ValueError(f"{self.name}: a topic that is not compacted needs a retention")
        if self.retention is not None and self.retention <= timedelta(0):
            raise ValueError(f"{self.name}: the retention must be positive")


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent. A value of None is a tombstone: it deletes the key and is itself forgotten after a week."""

    topic: str
    key: str
    value: bytes | None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReceivedRecord:
    """What is read. `written_at` is the bus's clock (UTC), not the sender's."""

    topic: str
    key: str
    value: bytes | None
    headers: Mapping[str, str]
    partition: int
    offset: int
    written_at: datetime


class Reader(Protocol):
    """An open reader; not shared between tasks. A cancelled `receive` loses nothing."""

    async def receive(self, *, timeout: timedelta, max_records: int = 500) -> Sequence[ReceivedRecord]:
        """Wait up to `timeout` for the first record; empty when none came, earlier when that made it caught up.

        Raises BusUnavailable (open a new reader at `positions`), PositionOutOfRange and LogReplaced (open a new one
        from the beginning). A reader that was opened without positions never raises a plain PositionOutOfRange: it
        goes on from the beginning by itself. A log that is only out of reach for a while may also just be silent.
        """
        ...

    @property
    def positions(self) -> dict[tuple[str, int], int]:
        """The next offset to read on every partition, past everything that `receive` has returned."""
        ...

    @property
    def caught_up(self) -> bool:
        """Whether every partition has been read to the end it had when this reader was opened; never false again."""
        ...

    async def end_positions(self) -> dict[tuple[str, int], int]:
        """The end as it is now: one past the last offset ever written. Raises BusUnavailable."""
        ...

    async def beginning_positions(self) -> dict[tuple[str, int], int]:
        """The oldest position that can still be read. Raises BusUnavailable."""
        ...


class EventBus(Protocol):
    """A log with topics. One bus is used by all tasks of a process and closed by whoever opened it."""

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """Create what is missing; a topic that exists keeps its partitions. Raises BusUnavailable."""
        ...

    async def cluster_id(self) -> str:
        """The identity of the log: stored positions mean nothing in a log with another one. Raises BusUnavailable."""
        ...

    async def send(self, records: Sequence[Record]) -> None:
        """Write the records; they are durable when this returns, in their order for each key.

        Raises RecordTooLarge and UnknownTopic before anything is written; BusUnavailable when the write is not
        certain: any subset may have been written, and the caller sends all of it again.
        """
        ...

    def open_reader(
        self, topics: Collection[str], positions: Positions | None = None
    ) -> AbstractAsyncContextManager[Reader]:
        """Read topics from `positions`; without any, and on partitions they do not name, from the beginning.

        Entering raises UnknownTopic, BusUnavailable, and PositionOutOfRange when the log does not hold a position.
        """
        ...

    async def close(self) -> None:
        """Stop what the bus runs and let go of its connections. Closing twice is harmless."""
        ...


def record_bytes(record: Record) -> int:
    """The size that counts against MAX_RECORD_BYTES."""
    headers = sum(len(name.encode()) + len(value.encode()) for name, value in record.headers.items())
    return len(record.key.encode()) + len(record.value or b"") + headers


def refuse_too_large(records: Sequence[Record]) -> None:
    """Raise RecordTooLarge for the first record over the limit."""
    for record in records:
        size = record_bytes(record)
        if size > MAX_RECORD_BYTES:
            raise RecordTooLarge(record.topic, record.key, size_bytes=size, limit_bytes=MAX_RECORD_BYTES)


def refuse_out_of_range(positions: Positions, *, beginnings: Positions, ends: Positions) -> None:
    """Raise PositionOutOfRange for the first position which the log does not hold; others' partitions are ignored."""
    for (topic, partition), position in positions.items():
        end = ends.get((topic, partition))
        if end is not None and not beginnings[topic, partition] <= position <= end:
            raise PositionOutOfRange(topic, partition, position)
