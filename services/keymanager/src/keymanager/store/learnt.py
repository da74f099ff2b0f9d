"""What other services' facts say: applications, and the scopes of APIs with their role bindings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from keymanager.domain.clients import Application
from keymanager.store.tables import ApiScopeRow, ApplicationRow


class LearntStore:
    """Reads and writes in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def application(self, application_id: str) -> Application | None:
        """None where nothing has been heard of it yet, and where it is deleted."""
        row = await self._session.get(ApplicationRow, application_id)
        return None if row is None or row.deleted else Application(row.id, row.owner, row.token_type)

    async def is_application_deleted(self, application_id: str) -> bool:
        row = await self._session.get(ApplicationRow, application_id)
        return row is not None and row.deleted

    async def save_application(self, application: Application) -> None:
        row = ApplicationRow(
            id=application.id, owner=application.owner, token_type=application.token_type, deleted=False
        )
        await self._session.merge(row)

    async def mark_application_deleted(self, application_id: str) -> None:
        await self._session.merge(ApplicationRow(id=application_id, owner="", token_type="", deleted=True))

    async def replace_scopes(self, api_id: str, scopes: Mapping[str, Sequence[str]]) -> None:
        """The API's scopes with the roles each is bound to; those not named are gone."""
        await self._session.execute(delete(ApiScopeRow).where(col(ApiScopeRow.api_id) == api_id))
        self._session.add_all(
            [ApiScopeRow(api_id=api_id, name=name, roles=list(roles)) for name, roles in scopes.items()]
        )
        await self._session.flush()

    async def bindings(self, names: Collection[str]) -> Sequence[tuple[str, Sequence[str]]]:
        """Name and role bindings of each API scope that is called one of these; several APIs may have one name."""
        rows = await self._session.scalars(select(ApiScopeRow).where(col(ApiScopeRow.name).in_(names)))
        return [(row.name, row.roles) for row in rows.all()]
