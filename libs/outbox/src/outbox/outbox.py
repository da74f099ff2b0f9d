"""Writing facts: always in the transaction of the change they tell of, never to the bus itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import Fact
from contracts.envelope import FactTooLarge
from contracts.fact import MAX_FACT_BYTES
from outbox.tables import OutboxColumns, OutboxState
from outbox.wakeup import Wakeup


class Outbox:
    """Puts facts into a service's outbox table and gives each its version."""

    def __init__(
        self, table: type[OutboxColumns], *, wakeup: Wakeup | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.table = table
        self.wakeup = wakeup or Wakeup()
        self._clock = clock

    async def put(self, session: AsyncSession, fact: Fact) -> int:
        """Tells the fact once the transaction commits; returns its version. Raises `FactTooLarge`."""
        row = await session.get(self.table, (fact.topic.name, fact.key), with_for_update=True)
        version = next_version(row.version if row else 0, now=self._clock())
        value = fact.model_copy(update={"version": version}).model_dump_json().encode()
        if len(value) > MAX_FACT_BYTES:
            raise FactTooLarge(f"{fact.topic.name}: {len(value)} bytes, at most {MAX_FACT_BYTES}")
        if row is None:
            row = self.table(topic=fact.topic.name, key=fact.key, version=0, value=b"", sequence=0, written_at=_now())
            session.add(row)
        row.version, row.value, row.deleted = version, value, fact.deleted
        row.state, row.sequence, row.written_at = OutboxState.PENDING, await self._next_sequence(session), _now()
        await session.flush()
        self.wakeup.after_commit(session)
        return version

    async def delete(self, session: AsyncSession, fact: Fact) -> int:
        """Tells that the thing is gone: a last fact with `deleted`, then a tombstone."""
        return await self.put(session, fact.model_copy(update={"deleted": True}))

    async def _next_sequence(self, session: AsyncSession) -> int:
        # Two transactions may take the same number: order matters only within a key, whose row is locked.
        highest: int | None = await session.scalar(select(func.max(self.table.sequence)))
        return (highest or 0) + 1


def next_version(previous: int, *, now: float) -> int:
    """Grows always, also across a database restored from a backup: at least the milliseconds since 1970."""
    return max(previous + 1, int(now * 1000))


def _now() -> datetime:
    return datetime.now(UTC)
