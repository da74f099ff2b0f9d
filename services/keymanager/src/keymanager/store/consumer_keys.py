"""Consumer keys: the clients of applications, under the ids that the devportal chose for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from keymanager.store.tables import ConsumerKeyRow

ACTIVE = "ACTIVE"
DELETED = "DELETED"


class ConsumerKeyStore:
    """Reads and writes in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, key_mapping_id: str, *, for_update: bool = False) -> ConsumerKeyRow | None:
        """The key, deleted or not."""
        return await self._session.get(ConsumerKeyRow, key_mapping_id, with_for_update=for_update)

    async def of_client(self, client_id: str) -> ConsumerKeyRow | None:
        """The key whose client this is."""
        return (
            await self._session.scalars(select(ConsumerKeyRow).where(ConsumerKeyRow.client_id == client_id))
        ).one_or_none()

    async def of_application(self, application_id: str) -> Sequence[ConsumerKeyRow]:
        """The application's keys that are not deleted."""
        query = select(ConsumerKeyRow).where(
            ConsumerKeyRow.application_id == application_id, ConsumerKeyRow.state == ACTIVE
        )
        return (await self._session.scalars(query.with_for_update())).all()

    async def add(self, row: ConsumerKeyRow) -> None:
        """Raises IntegrityError where another request was quicker."""
        self._session.add(row)
        await self._session.flush()
