"""Whether the database has caught up with the facts that were there when this process started: part of `/readyz`."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from eventbus.bus import EventBus
from eventbus.errors import BusError
from outbox.database import Database
from outbox.database_away import DatabaseAway
from outbox.positions import PositionStore
from outbox.tables import PositionColumns


class InboxProgress:
    """Every replica asks, whether it reads itself or not: the position is in the database they share."""

    def __init__(
        self, database: Database, bus: EventBus, *, topics: tuple[str, ...], table: type[PositionColumns]
    ) -> None:
        self._database = database
        self._bus = bus
        self._topics = topics
        self._positions = PositionStore(table)
        self._target: dict[tuple[str, int], int] | None = None
        self._is_reached = False

    async def check(self) -> str | None:
        """A readiness check."""
        if self._is_reached:
            return None
        try:
            reached = await self._has_reached()
        # Any of the database's: its tables may not have been made yet.
        except (BusError, DatabaseAway, SQLAlchemyError) as error:
            return f"cannot tell how far facts are read ({type(error).__name__})"
        self._is_reached = reached
        return None if reached else "facts of other services are still being read"

    async def _has_reached(self) -> bool:
        if self._target is None:
            async with self._bus.open_reader(self._topics) as reader:
                self._target = await reader.end_positions()
        cluster_id = await self._bus.cluster_id()
        async with self._database.reading() as session:
            # Positions in another log say nothing about this one.
            rows = [row for row in await self._positions.load(session) if row.cluster_id == cluster_id]
        reached = {(row.topic, row.partition): row.next_offset for row in rows}
        is_complete = not any(row.is_full_reading for row in rows)
        return is_complete and all(reached.get(place, 0) >= end for place, end in self._target.items())
