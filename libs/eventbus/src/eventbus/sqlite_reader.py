"""Reading the SQLite log: one cursor over all topics in the order of the offsets, polled cheaply.

`PRAGMA data_version` says in microseconds whether anybody has committed anything; only then rows are read, in the
thread of the bus. Positions move to the end of a topic even when the rows before it were compacted away.
Owns its connection and no task.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from eventbus.bus import Positions, ReceivedRecord, refuse_out_of_range
from eventbus.errors import BusUnavailable, LogReplaced, UnknownTopic
from eventbus.sqlite_file import file_identity, is_same_file, sqlite_errors

T = TypeVar("T")

_ACTIVE_POLL_SECONDS = 0.02
_IDLE_POLL_SECONDS = 0.2
_ACTIVE_FOR_SECONDS = 2.0
_SEQUENCE_SECONDS = 1.0
_IDENTITY_CHECK_SECONDS = 1.0
_BATCH_BYTES = 4 * 1024 * 1024

# NOT INDEXED keeps the planner from sorting: rows come as the log has them, and reading stops when it is enough.
_ROWS = """
SELECT offset, topic, key, value, headers, written_at FROM log NOT INDEXED
WHERE offset >= ? AND topic IN (SELECT value FROM json_each(?)) ORDER BY offset
"""
_TOPICS = "SELECT name, first_offset, next_offset FROM topics WHERE name IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class _Topics:
    """What the file says about the topics that are read, at one moment."""

    beginnings: dict[tuple[str, int], int]
    ends: dict[tuple[str, int], int]
    next_offset: int


@dataclass(frozen=True, slots=True)
class _Batch:
    records: list[ReceivedRecord]
    topics: _Topics
    at_end: bool
    version: int


class SqliteReader:
    """A Reader of the SQLite log; opened by the bus."""

    def __init__(
        self, connection: sqlite3.Connection, *, executor: Executor, path: Path, topics: Collection[str]
    ) -> None:
        self._connection = connection
        self._executor = executor
        self._path = path
        self._identity = file_identity(path)
        self._identity_due = time.monotonic() + _IDENTITY_CHECK_SECONDS
        self._names = frozenset(topics)
        self._names_json = json.dumps(sorted(self._names))
        self._strict = False
        self._positions: dict[tuple[str, int], int] = {}
        self._awaited_ends: dict[tuple[str, int], int] = {}
        self._next_offset = 0
        self._read_version: int | None = None
        self._active_until = 0.0
        self._own_written = asyncio.Event()
        self._last_records_at = float("-inf")

    def note_written(self, topics: Collection[str]) -> None:
        """This process has written to these topics: what it may wait for itself is read at once."""
        if not self._names.isdisjoint(topics):
            self._own_written.set()

    async def start(self, positions: Positions | None) -> None:
        """Take the positions, after a look at what the log holds."""
        found = await self._in_thread(self._look)
        if missing := self._names - {topic for topic, _ in found.ends}:
            raise UnknownTopic(missing)
        refuse_out_of_range(positions or {}, beginnings=found.beginnings, ends=found.ends)
        self._strict = positions is not None
        self._positions = {part: (positions or {}).get(part, begin) for part, begin in found.beginnings.items()}
        self._awaited_ends = found.ends
        self._forget_reached_ends()
        self._next_offset = min(self._positions.values(), default=0)

    async def receive(self, *, timeout: timedelta, max_records: int = 500) -> Sequence[ReceivedRecord]:
        """See Reader.receive."""
        deadline = time.monotonic() + timeout.total_seconds()
        while await self._wait_for_change(deadline):
            was_caught_up = self.caught_up
            records = await self._read_changes(max_records)
            if records or self.caught_up is not was_caught_up or time.monotonic() >= deadline:
                return records
            # Somebody else's topic: a busy writer of it must not keep this reader busy too.
            await asyncio.sleep(_ACTIVE_POLL_SECONDS)
        return []

    @property
    def positions(self) -> dict[tuple[str, int], int]:
        """See Reader.positions; the partition is always 0."""
        return dict(self._positions)

    @property
    def caught_up(self) -> bool:
        """See Reader.caught_up."""
        return not self._awaited_ends

    async def end_positions(self) -> dict[tuple[str, int], int]:
        """See Reader.end_positions."""
        return (await self._in_thread(self._look)).ends

    async def beginning_positions(self) -> dict[tuple[str, int], int]:
        """See Reader.beginning_positions."""
        return (await self._in_thread(self._look)).beginnings

    async def close(self) -> None:
        """Close the connection, behind a read that a cancelled `receive` may have left running."""
        with suppress(BusUnavailable):
            await self._in_thread(self._connection.close)

    async def _wait_for_change(self, deadline: float) -> bool:
        # An idle process comes here five times a second for each reader, so this does as little as it can.
        while True:
            now = time.monotonic()
            if now >= self._identity_due:
                self._check_identity()
            try:
                version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error as error:
                raise BusUnavailable(f"the log file: {error}") from error
            if version != self._read_version:
                return True
            if now >= deadline:
                return False
            interval = _ACTIVE_POLL_SECONDS if now < self._active_until else _IDLE_POLL_SECONDS
            # To the next beat of the clock, so that all readers of a process wake together: waking is what costs.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(interval - now % interval, deadline - now)):
                    await self._own_written.wait()
            self._own_written.clear()

    async def _read_changes(self, max_records: int) -> list[ReceivedRecord]:
        batch = await self._in_thread(partial(self._read, max_records))
        # From here to the return nothing waits, so a cancellation cannot come between the records and the positions.
        self._advance(batch)
        self._read_version = batch.version if batch.at_end else None
        if batch.records:
            self._look_more_often(time.monotonic(), count=len(batch.records))
        return batch.records

    def _look_more_often(self, now: float, *, count: int) -> None:
        # One record alone, such as a heartbeat, is no sign that others follow.
        if count > 1 or now - self._last_records_at < _SEQUENCE_SECONDS:
            self._active_until = now + _ACTIVE_FOR_SECONDS
        self._last_records_at = now

    def _advance(self, batch: _Batch) -> None:
        if self._strict:
            refuse_out_of_range(self._positions, beginnings=batch.topics.beginnings, ends=batch.topics.ends)
        for record in batch.records:
            self._positions[record.topic, 0] = record.offset + 1
        if batch.at_end:
            self._positions |= batch.topics.ends
            self._next_offset = batch.topics.next_offset
        elif batch.records:
            self._next_offset = batch.records[-1].offset + 1
        if self._awaited_ends:
            self._forget_reached_ends()

    def _forget_reached_ends(self) -> None:
        self._awaited_ends = {part: end for part, end in self._awaited_ends.items() if self._positions[part] < end}

    def _check_identity(self) -> None:
        self._identity_due = time.monotonic() + _IDENTITY_CHECK_SECONDS
        with sqlite_errors():
            if not is_same_file(self._path, self._identity):
                raise LogReplaced

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            job = asyncio.get_running_loop().run_in_executor(self._executor, work)
        except RuntimeError as error:
            raise BusUnavailable("the bus is closed") from error
        with sqlite_errors():
            return await job

    def _read(self, max_records: int) -> _Batch:
        # The version first: what is committed between it and the rows is then read twice rather than never.
        version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        self._connection.execute("BEGIN")
        try:
            topics = self._look()
            records, at_end = self._rows(max_records)
        finally:
            self._connection.execute("ROLLBACK")
        return _Batch(records, topics, at_end, version)

    def _rows(self, max_records: int) -> tuple[list[ReceivedRecord], bool]:
        cursor = self._connection.execute(_ROWS, (self._next_offset, self._names_json))
        records: list[ReceivedRecord] = []
        size = 0
        for row in cursor:
            if row[0] < self._positions[row[1], 0]:
                continue
            records.append(_received(row))
            size += len(row[3] or b"")
            if len(records) >= max_records or size >= _BATCH_BYTES:
                cursor.close()
                return records, False
        return records, True

    def _look(self) -> _Topics:
        rows = self._connection.execute(_TOPICS, (self._names_json,)).fetchall()
        last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'log'").fetchone()
        beginnings = {(name, 0): first for name, first, _ in rows}
        return _Topics(beginnings, {(name, 0): end for name, _, end in rows}, last[0] + 1 if last else 0)


def _received(row: tuple[int, str, str, bytes | None, str, int]) -> ReceivedRecord:
    offset, topic, key, value, headers, written_at = row
    moment = datetime.fromtimestamp(written_at / 1000, UTC)
    return ReceivedRecord(topic, key, value, json.loads(headers), partition=0, offset=offset, written_at=moment)
