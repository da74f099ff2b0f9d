"""Where a service's reader stands in the log, kept in the service's own database, and what follows from it at start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from outbox.tables import PositionColumns

# Half of the time for which tombstones are kept: whoever was away for longer may have missed one.
LONGEST_ABSENCE = timedelta(days=3, hours=12)


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """From where to read (None: the beginning). A full reading ends with removing what it did not meet."""

    positions: Mapping[tuple[str, int], int] | None
    cluster_id: str
    generation: int
    is_full_reading: bool

    def swept(self) -> ReadingPlan:
        """The plan once a full reading is complete."""
        return replace(self, is_full_reading=False)


class PositionStore:
    """The position rows of one service."""

    def __init__(self, table: type[PositionColumns]) -> None:
        self._table = table

    async def load(self, session: AsyncSession) -> Sequence[PositionColumns]:
        """All rows."""
        return (await session.scalars(select(self._table))).all()

    async def plan(self, session: AsyncSession, *, cluster_id: str, must_read_all: bool) -> ReadingPlan:
        """Goes on where the reader stood, unless that place means nothing any more."""
        rows = await self.load(session)
        generation = max((row.generation for row in rows), default=0)
        if must_read_all or not rows or not _is_usable(rows, cluster_id):
            return ReadingPlan(None, cluster_id, generation + 1, is_full_reading=True)
        positions = {(row.topic, row.partition): row.next_offset for row in rows}
        return ReadingPlan(positions, cluster_id, generation, any(row.is_full_reading for row in rows))

    async def save(self, session: AsyncSession, positions: Mapping[tuple[str, int], int], plan: ReadingPlan) -> None:
        """In the transaction of the effects."""
        now = datetime.now(UTC)
        for (topic, partition), next_offset in positions.items():
            await session.merge(
                self._table(
                    topic=topic,
                    partition=partition,
                    next_offset=next_offset,
                    cluster_id=plan.cluster_id,
                    generation=plan.generation,
                    is_full_reading=plan.is_full_reading,
                    read_at=now,
                )
            )


def _is_usable(rows: Sequence[PositionColumns], cluster_id: str) -> bool:
    oldest = datetime.now(UTC) - LONGEST_ABSENCE
    return all(row.cluster_id == cluster_id and _aware(row.read_at) > oldest for row in rows)


def _aware(moment: datetime) -> datetime:
    # SQLite forgets the time zone; what is stored is UTC.
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
