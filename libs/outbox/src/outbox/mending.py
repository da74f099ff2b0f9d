"""Mends what a paused relay wrote late.

Compaction keeps the record written last. A relay that was stopped in mid-batch and wakes after another took over can
write an old fact behind a newer one; whoever leads then sees it here, and the outbox says the newest again with a new
version.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlmodel import col, select

from contracts import UnreadableFact, decode
from eventbus.bus import EventBus, Reader, ReceivedRecord
from eventbus.errors import BusError
from outbox.database import Database
from outbox.database_away import DatabaseAway
from outbox.outbox import Outbox
from outbox.relay import stored_fact
from outbox.tables import OutboxColumns, OutboxState

_log = structlog.get_logger(__name__)

_LOOK_EVERY = timedelta(seconds=3)
_KEYS_AT_ONCE = 500

Identity = tuple[str, str]


class Mending:
    """Follows the service's own topics, as a duty of the leader."""

    def __init__(self, database: Database, outbox: Outbox, bus: EventBus, *, topics: tuple[str, ...]) -> None:
        self._database = database
        self._outbox = outbox
        self._table = outbox.table
        self._bus = bus
        self._topics = topics

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            try:
                await self._follow()
            except (BusError, DatabaseAway) as error:
                _log.warning("mending waits", reason=str(error) or type(error).__name__)
                await asyncio.sleep(_LOOK_EVERY.total_seconds())

    async def _follow(self) -> None:
        last_written: dict[Identity, int] = {}
        async with self._bus.open_reader(self._topics) as reader:
            while True:
                batch = await reader.receive(timeout=_LOOK_EVERY)
                last_written.update({(record.topic, record.key): _version(record) for record in batch})
                if last_written and not batch:
                    await self._mend(reader, last_written)

    async def _mend(self, reader: Reader, last_written: dict[Identity, int]) -> None:
        overwritten = await self._overwritten(last_written)
        # The rows were marked as sent before this end was asked for, so their records are below it.
        end = await reader.end_positions()
        if any(reader.positions.get(place, 0) < offset for place, offset in end.items()):
            return
        for row in overwritten:
            _log.warning("an older fact was written behind a newer one", topic=row.topic, key=row.key)
            await self._say_again(row)
        last_written.clear()

    async def _overwritten(self, last_written: dict[Identity, int]) -> list[OutboxColumns]:
        found: list[OutboxColumns] = []
        identities = list(last_written)
        async with self._database.reading() as session:
            for start in range(0, len(identities), _KEYS_AT_ONCE):
                keys = {key for _, key in identities[start : start + _KEYS_AT_ONCE]}
                query = select(self._table).where(
                    col(self._table.key).in_(keys), col(self._table.state) == OutboxState.SENT
                )
                rows = (await session.scalars(query)).all()
                found += [row for row in rows if row.version > last_written.get((row.topic, row.key), row.version)]
        return found

    async def _say_again(self, row: OutboxColumns) -> None:
        async with self._database.transaction() as session:
            current = await session.get(self._table, (row.topic, row.key), with_for_update=True)
            if current is not None and current.version == row.version:
                await self._outbox.put(session, stored_fact(current))


def _version(record: ReceivedRecord) -> int:
    try:
        fact = decode(record.topic, record.key, record.value, record.headers)
    except UnreadableFact:
        return 0
    return fact.version
