"""The bus in one SQLite file: the log of everything on a single machine, shared by its processes.

One partition in each topic. A send is one transaction: all of it or nothing, also under SIGKILL. Nothing here works
over a network file system.
Concurrency: one thread writes and one reads, so the event loop never waits for the disk. The bus owns one task, the
upkeep (heartbeat, compaction), started by `open` and ended by `close`.
"""

import asyncio
import json
import logging
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from eventbus.bus import Positions, Reader, Record, TopicSpec, refuse_too_large
from eventbus.errors import BusError, BusUnavailable, UnknownTopic
from eventbus.sqlite_compaction import compact_step, return_lease, take_lease
from eventbus.sqlite_file import (
    cluster_id_of,
    connect,
    create_log,
    file_identity,
    in_light_transaction,
    in_transaction,
    is_same_file,
    sqlite_errors,
)
from eventbus.sqlite_heartbeat import BEAT_EVERY, FRESH_FOR, claim, leave, this_machine
from eventbus.sqlite_reader import SqliteReader

T = TypeVar("T")

_log = logging.getLogger(__name__)

_COMPACT_AFTER_ROWS = 1000
_COMPACT_AFTER_SECONDS = 300.0


class SqliteBus:
    """An EventBus in a SQLite file; made by `SqliteBus.open`."""

    def __init__(self, path: Path, *, machine: str, clock: Callable[[], float]) -> None:
        self._path = path
        self._machine = machine
        self._clock = clock
        self._opener = uuid.uuid4().hex
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eventbus-write")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eventbus-read")
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._beaten_at_ms = 0
        self._rows_since_compaction = 0
        self._compaction_due = asyncio.Event()
        self._upkeep: asyncio.Task[None] | None = None
        self._readers: set[SqliteReader] = set()

    @classmethod
    async def open(cls, path: Path, *, machine: str | None = None, clock: Callable[[], float] = time.time) -> Self:
        """Open the log, creating it if need be. Raises BusInUseElsewhere and BusUnavailable."""
        bus = cls(path, machine=machine or this_machine(), clock=clock)
        try:
            await bus._write(bus._beat)
        except BaseException:
            await bus.close()
            raise
        bus._compaction_due.set()
        bus._upkeep = asyncio.create_task(bus._keep_up(), name="eventbus-upkeep")
        return bus

    async def create_topics(self, topics: Iterable[TopicSpec]) -> None:
        """See EventBus.create_topics; a repeated call sets the retention anew."""
        rows = [(spec.name, spec.compacted, _retention_ms(spec)) for spec in topics]
        await self._write(partial(_insert_topics, rows=rows))

    async def cluster_id(self) -> str:
        """See EventBus.cluster_id; given to the file when it was created."""
        return await self._call(cluster_id_of)

    async def send(self, records: Sequence[Record]) -> None:
        """See EventBus.send; here a failed send has written nothing, unless the failure was in the commit itself."""
        refuse_too_large(records)
        if not records:
            return
        await self._write(partial(self._append, records=records))
        for reader in self._readers:
            reader.note_written({record.topic for record in records})
        self._rows_since_compaction += len(records)
        if self._rows_since_compaction >= _COMPACT_AFTER_ROWS:
            self._compaction_due.set()

    @asynccontextmanager
    async def open_reader(self, topics: Collection[str], positions: Positions | None = None) -> AsyncIterator[Reader]:
        """See EventBus.open_reader."""
        with sqlite_errors():
            file_identity(self._path)
            connection = connect(self._path)
            reader = SqliteReader(connection, executor=self._reading, path=self._path, topics=topics)
        self._readers.add(reader)
        try:
            await reader.start(positions)
            yield reader
        finally:
            self._readers.discard(reader)
            await reader.close()

    async def compact(self) -> None:
        """Forget now what may be forgotten, unless another process is at it; the upkeep calls this by itself."""
        self._compaction_due.clear()
        self._rows_since_compaction = 0
        if not await self._write(partial(take_lease, now_ms=self._now_ms())):
            return
        while await self._call(partial(compact_step, now_ms=self._now_ms())):
            pass
        await self._write(return_lease)

    async def close(self) -> None:
        """See EventBus.close."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            with suppress(asyncio.CancelledError):
                await self._upkeep
            self._upkeep = None
        if self._connection is not None:
            with suppress(BusUnavailable):
                await self._write(partial(leave, opener=self._opener))
            await asyncio.get_running_loop().run_in_executor(self._writing, self._disconnect)
        self._writing.shutdown(wait=False)
        self._reading.shutdown(wait=False)

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._call(lambda connection: in_transaction(connection, work))

    async def _call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            job = asyncio.get_running_loop().run_in_executor(self._writing, self._run, work)
        except RuntimeError as error:
            raise BusUnavailable("the bus is closed") from error
        return await job

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with sqlite_errors():
            return work(self._connected())

    def _connected(self) -> sqlite3.Connection:
        if self._connection is not None and is_same_file(self._path, self._identity):
            return self._connection
        # A file that was swapped under an open connection would swallow records without a sound: look before a write.
        self._disconnect()
        create_log(self._path)
        self._identity = file_identity(self._path)
        self._connection = connect(self._path)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _append(self, connection: sqlite3.Connection, *, records: Sequence[Record]) -> None:
        now_ms = self._now_ms()
        if now_ms - self._beaten_at_ms > FRESH_FOR.total_seconds() * 1000:
            # This process was asleep for long, and another machine may have taken the file meanwhile.
            self._beat(connection)
        _refuse_unknown_topics(connection, {record.topic for record in records})
        ends: dict[str, int] = {}
        for record in records:
            row = (record.topic, record.key, record.value, json.dumps(dict(record.headers)), now_ms)
            insert = "INSERT INTO log (topic, key, value, headers, written_at) VALUES (?, ?, ?, ?, ?)"
            ends[record.topic] = (connection.execute(insert, row).lastrowid or 0) + 1
        connection.executemany(
            "UPDATE topics SET next_offset = ? WHERE name = ?", [(end, name) for name, end in ends.items()]
        )

    def _beat(self, connection: sqlite3.Connection) -> None:
        now_ms = self._now_ms()
        claim(connection, opener=self._opener, machine=self._machine, now_ms=now_ms)
        self._beaten_at_ms = now_ms

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    async def _keep_up(self) -> None:
        compacted_at = time.monotonic()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_EVERY.total_seconds()):
                    await self._compaction_due.wait()
            try:
                await self._call(partial(in_light_transaction, work=self._beat))
                if self._compaction_due.is_set() or time.monotonic() - compacted_at > _COMPACT_AFTER_SECONDS:
                    await self.compact()
                    compacted_at = time.monotonic()
            except BusError as error:
                _log.warning("the upkeep of the log failed and will be tried again: %s", error)
                self._compaction_due.clear()


def _insert_topics(connection: sqlite3.Connection, *, rows: list[tuple[str, bool, int | None]]) -> None:
    connection.executemany(
        "INSERT INTO topics (name, compacted, retention_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET compacted = excluded.compacted, retention_ms = excluded.retention_ms",
        rows,
    )


def _refuse_unknown_topics(connection: sqlite3.Connection, wanted: set[str]) -> None:
    known = {name for (name,) in connection.execute("SELECT name FROM topics")}
    if missing := wanted - known:
        raise UnknownTopic(missing)


def _retention_ms(spec: TopicSpec) -> int | None:
    return None if spec.retention is None else int(spec.retention.total_seconds() * 1000)
