"""The keys of applications in the database: what the key manager made for which of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.keymanager import KeyType
from devportal.domain.application_key import ApplicationKey, KeyState
from devportal.store.tables import ApplicationKeyRow


class ApplicationKeyStore:
    """Of applications whose owner the caller has checked."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, key_mapping_id: str, *, application_id: str) -> ApplicationKey | None:
        """In whatever state it is."""
        row = await self._session.get(ApplicationKeyRow, key_mapping_id)
        return _to_key(row) if row and row.application_id == application_id else None

    async def of_type(self, key_type: KeyType, *, application_id: str, key_manager: str) -> ApplicationKey | None:
        """In whatever state it is."""
        row = await self._session.scalar(
            select(ApplicationKeyRow).where(
                col(ApplicationKeyRow.application_id) == application_id,
                col(ApplicationKeyRow.key_manager) == key_manager,
                col(ApplicationKeyRow.key_type) == key_type,
            )
        )
        return _to_key(row) if row else None

    async def completed(self, application_id: str) -> Sequence[ApplicationKey]:
        """Those that the key manager has made; PRODUCTION first."""
        query = (
            select(ApplicationKeyRow)
            .where(
                col(ApplicationKeyRow.application_id) == application_id,
                col(ApplicationKeyRow.state) == KeyState.COMPLETED,
            )
            .order_by(col(ApplicationKeyRow.key_type), col(ApplicationKeyRow.key_mapping_id))
        )
        return [_to_key(row) for row in await self._session.scalars(query)]

    async def save(self, key: ApplicationKey) -> None:
        """New or changed."""
        await self._session.merge(
            ApplicationKeyRow(
                key_mapping_id=key.key_mapping_id,
                application_id=key.application_id,
                key_manager=key.key_manager,
                key_type=key.key_type,
                state=key.state,
                consumer_key=key.consumer_key,
                grant_types=list(key.grant_types),
                callback_url=key.callback_url,
                validity_seconds=key.validity_seconds,
                additional_properties=dict(key.additional_properties),
            )
        )
        await self._session.flush()

    async def remove(self, key_mapping_id: str) -> None:
        """It may be gone already."""
        row = await self._session.get(ApplicationKeyRow, key_mapping_id)
        if row is not None:
            await self._session.delete(row)
            await self._session.flush()


def _to_key(row: ApplicationKeyRow) -> ApplicationKey:
    return ApplicationKey(
        key_mapping_id=row.key_mapping_id,
        application_id=row.application_id,
        key_type=KeyType(row.key_type),
        key_manager=row.key_manager,
        state=KeyState(row.state),
        consumer_key=row.consumer_key,
        grant_types=tuple(row.grant_types),
        callback_url=row.callback_url,
        validity_seconds=row.validity_seconds,
        additional_properties=row.additional_properties,
    )
