"""Applications in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import SQLColumnExpression, and_, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.devportal import TokenType
from devportal.domain.application import Application, ApplicationDraft
from devportal.errors import ApplicationNameTaken
from devportal.store.tables import ApplicationRow

# Columns are of several types, hence Any.
SORT_KEYS: Final[dict[str, SQLColumnExpression[Any]]] = {
    "name": func.lower(col(ApplicationRow.name)),
    "throttlingPolicy": col(ApplicationRow.plan),
    "status": col(ApplicationRow.status),
    "createdTime": col(ApplicationRow.created_at),
}


class ApplicationStore:
    """What is asked for by owner is never another's."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, application_id: str, *, owner: str, for_update: bool = False) -> Application | None:
        """The owner's application; locked until the transaction ends when it is to be changed."""
        query = select(ApplicationRow).where(
            col(ApplicationRow.id) == application_id, col(ApplicationRow.owner) == owner
        )
        row = await self._session.scalar(query.with_for_update() if for_update else query)
        return _to_application(row) if row else None

    async def search(
        self, *, owner: str, name_part: str, sort_by: str, descending: bool, limit: int, offset: int
    ) -> tuple[Sequence[Application], int]:
        """A part of the owner's applications, and how many there are."""
        condition = and_(
            col(ApplicationRow.owner) == owner, col(ApplicationRow.name).icontains(name_part, autoescape=True)
        )
        total = await self._session.scalar(select(func.count()).select_from(ApplicationRow).where(condition))
        key = SORT_KEYS[sort_by]
        query = (
            select(ApplicationRow)
            .where(condition)
            .order_by(key.desc() if descending else key.asc(), col(ApplicationRow.id))
            .limit(limit)
            .offset(offset)
        )
        return [_to_application(row) for row in (await self._session.scalars(query)).all()], total or 0

    async def with_ids(self, ids: Collection[str]) -> dict[str, Application]:
        """Those that exist, by id."""
        rows = await self._session.scalars(select(ApplicationRow).where(col(ApplicationRow.id).in_(ids)))
        return {row.id: _to_application(row) for row in rows}

    async def save(self, application: Application) -> None:
        """New or changed. Raises `ApplicationNameTaken`; the transaction is then of no more use."""
        try:
            await self._session.merge(_to_row(application))
            await self._session.flush()
        except IntegrityError as error:
            raise ApplicationNameTaken(f"You have an application named '{application.name}' already.") from error

    async def remove(self, application_id: str) -> None:
        """With its subscriptions and keys (their facts are the caller's business)."""
        row = await self._session.get(ApplicationRow, application_id)
        if row is not None:
            await self._session.delete(row)
            await self._session.flush()


def _to_row(application: Application) -> ApplicationRow:
    draft = application.draft
    return ApplicationRow(
        id=application.id,
        owner=application.owner,
        name=draft.name,
        plan=draft.plan,
        description=draft.description,
        token_type=draft.token_type,
        status=application.status,
        groups=list(draft.groups),
        attributes=dict(draft.attributes or {}),
        visibility=draft.visibility,
        is_hash_enabled=draft.is_hash_enabled,
        created_at=application.created_at,
        updated_at=application.updated_at,
    )


def _to_application(row: ApplicationRow) -> Application:
    draft = ApplicationDraft(
        name=row.name,
        plan=row.plan,
        description=row.description,
        token_type=TokenType(row.token_type),
        groups=tuple(row.groups),
        attributes=row.attributes,
        visibility=row.visibility,
        is_hash_enabled=row.is_hash_enabled,
    )
    return Application(row.id, row.owner, row.status, draft, row.created_at, row.updated_at)
