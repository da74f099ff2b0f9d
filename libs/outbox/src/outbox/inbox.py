"""Applies other services' facts to the database: each once in effect, in the same transaction as the reader's
position.

Facts of a thing that are older than what was applied are dropped, so duplicates, replays and any order between topics
are harmless. What cannot be read or applied is parked with its reason and blocks nobody. In another log than the one
the position belongs to, the log is read from the beginning, and what was not met there is removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts import Fact, Tombstone, UnreadableFact, decode
from eventbus.bus import EventBus, Reader, ReceivedRecord
from eventbus.errors import BusError, PositionOutOfRange
from outbox.database import Database
from outbox.database_away import DatabaseAway
from outbox.positions import PositionStore, ReadingPlan
from outbox.tables import InboxColumns, ParkedColumns, PositionColumns

_log = structlog.get_logger(__name__)

_LOOK_EVERY = timedelta(seconds=5)
_RETRY_AFTER = timedelta(seconds=1)

Identity = tuple[str, str]


class FactHandler(Protocol):
    """What a service does with the facts of one topic. Both run inside the reader's transaction."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """Takes over the thing's new state."""
        ...

    async def remove(self, session: AsyncSession, key: str) -> None:
        """The thing is gone; it may never have been here."""
        ...


@dataclass(frozen=True, slots=True)
class InboxTables:
    """The service's own tables of the three mixins."""

    inbox: type[InboxColumns]
    position: type[PositionColumns]
    parked: type[ParkedColumns]


class Inbox:
    """Reads as a duty of the leader. `caught_up` is asked by every replica (`positions`), leader or not."""

    def __init__(
        self, database: Database, bus: EventBus, handlers: Mapping[type[Fact], FactHandler], tables: InboxTables
    ) -> None:
        self._database = database
        self._bus = bus
        self._handlers = {fact.topic.name: handler for fact, handler in handlers.items()}
        self._tables = tables
        self._positions = PositionStore(tables.position)
        self._must_read_all = False
        self._saved: dict[tuple[str, int], int] = {}
        self._saved_at = datetime.min.replace(tzinfo=UTC)

    @property
    def topics(self) -> tuple[str, ...]:
        """What is read."""
        return tuple(self._handlers)

    async def run(self) -> None:
        """Ends only by cancellation. A database or bus that is away is waited for."""
        while True:
            try:
                await self._read_for_ever()
            except PositionOutOfRange:
                _log.warning("the log does not hold the reader's position; reading from the beginning")
                self._must_read_all = True
            except (BusError, DatabaseAway) as error:
                _log.warning("the inbox waits", reason=str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_AFTER.total_seconds())

    async def _read_for_ever(self) -> None:
        cluster_id = await self._bus.cluster_id()
        async with self._database.reading() as session:
            plan = await self._positions.plan(session, cluster_id=cluster_id, must_read_all=self._must_read_all)
        self._saved = dict(plan.positions or {})
        async with self._bus.open_reader(self.topics, plan.positions) as reader:
            self._must_read_all = False
            while True:
                batch = await reader.receive(timeout=_LOOK_EVERY)
                plan = await self._take(reader, batch, plan)

    async def _take(self, reader: Reader, batch: Sequence[ReceivedRecord], plan: ReadingPlan) -> ReadingPlan:
        is_swept = plan.is_full_reading and reader.caught_up
        is_stale = datetime.now(UTC) - self._saved_at > timedelta(hours=1)
        if not batch and not is_swept and not is_stale and reader.positions == self._saved:
            return plan
        after = plan.swept() if is_swept else plan
        await self._commit(batch, reader, plan, after)
        self._saved, self._saved_at = dict(reader.positions), datetime.now(UTC)
        return after

    async def _commit(
        self, batch: Sequence[ReceivedRecord], reader: Reader, plan: ReadingPlan, after: ReadingPlan
    ) -> None:
        try:
            await self._apply_in_one_transaction(batch, reader, plan, after, carefully=False)
        except DatabaseAway:
            raise
        except Exception as error:  # whatever a handler raises: the batch is done again, one record at a time
            _log.warning("a fact cannot be applied", reason=repr(error))
            await self._apply_in_one_transaction(batch, reader, plan, after, carefully=True)

    async def _apply_in_one_transaction(
        self,
        batch: Sequence[ReceivedRecord],
        reader: Reader,
        plan: ReadingPlan,
        after: ReadingPlan,
        *,
        carefully: bool,
    ) -> None:
        async with self._database.transaction() as session:
            held = await self._held(session, batch)
            for record in batch:
                if carefully:
                    await self._apply_or_park(session, record, held, plan.generation)
                else:
                    await self._apply(session, record, held, plan.generation)
            if plan.is_full_reading and not after.is_full_reading:
                await self._sweep(session, plan.generation)
            await self._positions.save(session, reader.positions, after)

    async def _held(self, session: AsyncSession, batch: Sequence[ReceivedRecord]) -> dict[Identity, InboxColumns]:
        table = self._tables.inbox
        rows = (await session.scalars(select(table).where(col(table.key).in_({r.key for r in batch})))).all()
        return {(row.topic, row.key): row for row in rows}

    async def _apply_or_park(
        self, session: AsyncSession, record: ReceivedRecord, held: dict[Identity, InboxColumns], generation: int
    ) -> None:
        try:
            with self._database.told_when_away():
                async with session.begin_nested():
                    await self._apply(session, record, held, generation)
        except DatabaseAway:
            raise
        except Exception as error:  # a poisoned fact must not stop the ones behind it
            held.pop((record.topic, record.key), None)
            await self._park(session, record, repr(error))

    async def _apply(
        self, session: AsyncSession, record: ReceivedRecord, held: dict[Identity, InboxColumns], generation: int
    ) -> None:
        try:
            fact = decode(record.topic, record.key, record.value, record.headers)
        except UnreadableFact as error:
            await self._park(session, record, str(error))
            return
        if self._is_news(session, record, fact, held, generation):
            await self._handle(session, record.topic, fact)
        await session.flush()

    def _is_news(
        self,
        session: AsyncSession,
        record: ReceivedRecord,
        fact: Fact | Tombstone,
        held: dict[Identity, InboxColumns],
        generation: int,
    ) -> bool:
        row = held.get((record.topic, record.key))
        if row is None:
            row = self._tables.inbox(topic=record.topic, key=record.key, version=-1)
            held[(record.topic, record.key)] = row
            session.add(row)
        row.generation = generation
        if fact.version <= row.version:
            return False
        row.version = fact.version
        row.deleted = isinstance(fact, Tombstone) or fact.deleted
        return True

    async def _handle(self, session: AsyncSession, topic: str, fact: Fact | Tombstone) -> None:
        handler = self._handlers[topic]
        if isinstance(fact, Tombstone) or fact.deleted:
            await handler.remove(session, fact.key)
        else:
            await handler.apply(session, fact)

    async def _park(self, session: AsyncSession, record: ReceivedRecord, reason: str) -> None:
        _log.error("parked a record", topic=record.topic, key=record.key, offset=record.offset, reason=reason)
        await session.merge(
            self._tables.parked(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key,
                value=record.value,
                reason=reason,
                parked_at=datetime.now(UTC),
            )
        )

    async def _sweep(self, session: AsyncSession, generation: int) -> None:
        table = self._tables.inbox
        query = select(table).where(
            col(table.generation) < generation, col(table.deleted).is_(False), col(table.topic).in_(self.topics)
        )
        for row in (await session.scalars(query)).all():
            _log.warning("the log does not know it any more", topic=row.topic, key=row.key)
            row.deleted = True
            await self._handlers[row.topic].remove(session, row.key)
