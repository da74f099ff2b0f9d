"""Sends what the outbox holds to the bus. It may be killed at any line: what was not marked as sent is sent again.

Runs as a duty of the leader. Rows are sent in order of writing; a fact that is overtaken before it is sent is never
sent. Compaction keeps the record written last, so `mending` watches for older records that a paused relay wrote late.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from contracts import Envelope, decode, encode, encode_tombstone
from contracts.fact import Fact
from eventbus.bus import EventBus, Record
from eventbus.errors import BusError
from outbox.database import Database
from outbox.database_away import DatabaseAway
from outbox.outbox import Outbox
from outbox.tables import OutboxColumns, OutboxState

_log = structlog.get_logger(__name__)

BATCH = 200
# Commits of this process wake the relay at once; those of other replicas, on PostgreSQL only, are found by looking.
_LOOK_EVERY_ALONE = timedelta(seconds=5)
_LOOK_EVERY = timedelta(milliseconds=250)
_RETRY_AFTER = timedelta(seconds=1)
# Once compaction has surely forgotten a deleted thing, the time in its version is enough to keep versions growing.
_FORGET_DELETED_AFTER = timedelta(days=8)


def _ignore(step: str) -> None:
    """Nobody watches the steps."""


class Relay:
    """`on_step` is told each step of the loop by name (`read`, `sent`, `marked`), for tests and metrics."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        bus: EventBus,
        *,
        source: str,
        on_step: Callable[[str], None] = _ignore,
        batch: int = BATCH,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._table = outbox.table
        self._bus = bus
        self._source = source
        self._on_step = on_step
        self._batch = batch

    async def run(self) -> None:
        """Ends only by cancellation. A database or bus that is away is waited for."""
        while True:
            try:
                await self._forget_deleted()
                await self._send_for_ever()
            except (BusError, DatabaseAway) as error:
                _log.warning("the relay waits", reason=str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_AFTER.total_seconds())

    async def pending(self) -> int:
        """How many facts wait to be sent."""
        async with self._database.reading() as session:
            count = await session.scalar(
                select(func.count()).select_from(self._table).where(col(self._table.state) != OutboxState.SENT)
            )
        return count or 0

    async def has_told_anything(self) -> bool:
        """Whether any fact was ever written: false only before the first start is done."""
        async with self._database.reading() as session:
            return (await session.scalar(select(col(self._table.topic)).limit(1))) is not None

    async def send_once(self) -> int:
        """Sends one batch; returns how many rows it held."""
        async with self._database.reading() as session:
            rows = await self._unsent(session)
        if not rows:
            return 0
        self._on_step("read")
        await self._bus.send([self._record(row) for row in rows])
        self._on_step("sent")
        async with self._database.transaction() as session:
            for row in rows:
                await self._mark(session, row)
        self._on_step("marked")
        return len(rows)

    async def _send_for_ever(self) -> None:
        look_every = _LOOK_EVERY_ALONE if self._database.is_sqlite else _LOOK_EVERY
        while True:
            if await self.send_once() < self._batch:
                await self._outbox.wakeup.wait(at_most=look_every)

    async def _unsent(self, session: AsyncSession) -> Sequence[OutboxColumns]:
        table = self._table
        query = (
            select(table).where(col(table.state) != OutboxState.SENT).order_by(col(table.sequence)).limit(self._batch)
        )
        return (await session.scalars(query)).all()

    def _record(self, row: OutboxColumns) -> Record:
        envelope = self._envelope(row)
        return Record(envelope.topic, envelope.key, envelope.value, envelope.headers)

    def _envelope(self, row: OutboxColumns) -> Envelope:
        event_id, now = str(uuid.uuid4()), datetime.now(UTC)
        if row.state == OutboxState.TOMBSTONE_PENDING:
            return encode_tombstone(
                row.topic, row.key, row.version, source=self._source, event_id=event_id, written_at=now
            )
        return encode(stored_fact(row), source=self._source, event_id=event_id, written_at=now)

    async def _mark(self, session: AsyncSession, row: OutboxColumns) -> None:
        # Only if it was not changed meanwhile: a newer version is still to be sent.
        next_state = OutboxState.SENT
        if row.deleted and row.state == OutboxState.PENDING:
            next_state = OutboxState.TOMBSTONE_PENDING
        table = self._table
        await session.execute(
            update(table)
            .where(col(table.topic) == row.topic, col(table.key) == row.key, col(table.version) == row.version)
            .values(state=next_state)
        )

    async def _forget_deleted(self) -> None:
        table = self._table
        async with self._database.transaction() as session:
            await session.execute(
                delete(table).where(
                    col(table.deleted),
                    col(table.state) == OutboxState.SENT,
                    col(table.written_at) < datetime.now(UTC) - _FORGET_DELETED_AFTER,
                )
            )


def stored_fact(row: OutboxColumns) -> Fact:
    """The fact that a row holds."""
    fact = decode(row.topic, row.key, row.value, {})
    assert isinstance(fact, Fact)
    return fact
