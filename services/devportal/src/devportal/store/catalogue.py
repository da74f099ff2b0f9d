"""Finding APIs: the part of the catalogue that somebody may see and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, func, not_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.publisher import Api
from devportal.domain.caller import Caller
from devportal.domain.catalogue import LISTED_STATES
from devportal.domain.search import Search, Wanted
from devportal.store.learnt import to_api
from devportal.store.tables import ApiRoleRow, ApiRow, ApiTagRow

_COLUMNS: Final[dict[str, SQLColumnExpression[str]]] = {
    "name": col(ApiRow.name),
    "context": col(ApiRow.context),
    "version": col(ApiRow.version),
    "description": col(ApiRow.description),
    "provider": col(ApiRow.provider),
    "state": col(ApiRow.state),
}


async def find_apis(
    session: AsyncSession, search: Search, *, caller: Caller, limit: int, offset: int
) -> tuple[Sequence[Api], int]:
    """A part of the list, by name, and how long the whole list is."""
    condition = and_(_is_listed_for(caller), *(_meets(name, wanted) for name, wanted in search.wanted.items()))
    total = await session.scalar(select(func.count()).select_from(ApiRow).where(condition))
    query = (
        select(ApiRow)
        .where(condition)
        .order_by(func.lower(col(ApiRow.name)), col(ApiRow.version), col(ApiRow.id))
        .limit(limit)
        .offset(offset)
    )
    return [to_api(row) for row in await session.scalars(query)], total or 0


async def count_tags(
    session: AsyncSession, *, caller: Caller, limit: int, offset: int
) -> tuple[Sequence[tuple[str, int]], int]:
    """The tags of listed APIs with how many APIs have each, by tag; and how many tags there are."""
    tag = col(ApiTagRow.tag)
    counts = (
        select(tag, func.count().label("apis"))
        .join(ApiRow, col(ApiRow.id) == col(ApiTagRow.api_id))
        .where(_is_listed_for(caller))
        .group_by(tag)
    )
    total = await session.scalar(select(func.count()).select_from(counts.subquery()))
    rows = (await session.execute(counts.order_by(tag).limit(limit).offset(offset))).all()
    return [(name, apis) for name, apis in rows], total or 0


def _is_listed_for(caller: Caller) -> ColumnElement[bool]:
    has_role = exists().where(col(ApiRoleRow.api_id) == col(ApiRow.id), col(ApiRoleRow.role).in_(caller.roles))
    return and_(col(ApiRow.state).in_(LISTED_STATES), or_(not_(col(ApiRow.is_restricted)), has_role))


def _meets(name: str, wanted: Sequence[Wanted]) -> ColumnElement[bool]:
    if name != "tag":
        return or_(*(_matches(_COLUMNS[name], one) for one in wanted))
    matches = or_(*(_matches(col(ApiTagRow.tag), one) for one in wanted))
    return exists().where(col(ApiTagRow.api_id) == col(ApiRow.id), matches)


def _matches(column: SQLColumnExpression[str], wanted: Wanted) -> ColumnElement[bool]:
    if wanted.is_exact:
        # SQLite folds the case of ASCII only, so the text as it is must do, too.
        return or_(column == wanted.text, func.lower(column) == wanted.text.lower())
    return column.icontains(wanted.text, autoescape=True)
