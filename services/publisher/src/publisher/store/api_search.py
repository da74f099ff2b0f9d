"""Finding APIs: the part of the list that somebody may see and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, exists, func, not_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from publisher.domain.api import Api
from publisher.domain.caller import Caller
from publisher.domain.search import Search, Wanted
from publisher.store.apis import to_api
from publisher.store.tables import ApiAccessRoleRow, ApiRow, ApiTagRow, IdentityRow

# Columns are of several types, hence Any.
_COLUMNS: Final[dict[str, SQLColumnExpression[Any]]] = {
    "name": col(ApiRow.name),
    "version": col(ApiRow.version),
    "context": col(ApiRow.context),
    "state": col(ApiRow.state),
    "provider": col(ApiRow.provider),
    "description": col(ApiRow.description),
}
SORT_KEYS: Final[dict[str, SQLColumnExpression[Any]]] = {
    "apiName": func.lower(col(ApiRow.name)),
    "name": func.lower(col(ApiRow.name)),
    "version": col(ApiRow.version),
    "createdTime": col(ApiRow.created_at),
    "status": col(ApiRow.state),
}


async def find_apis(
    session: AsyncSession, search: Search, *, caller: Caller, sort_by: str, descending: bool, limit: int, offset: int
) -> tuple[Sequence[Api], int]:
    """A part of the list, and how long the whole list is."""
    condition = and_(_is_visible(caller), *(_meets(name, wanted) for name, wanted in search.wanted.items()))
    total = await session.scalar(select(func.count()).select_from(ApiRow).where(condition))
    key = SORT_KEYS[sort_by]
    query = (
        select(ApiRow, IdentityRow)
        .where(condition, col(ApiRow.name_key) == col(IdentityRow.name_key))
        .order_by(key.desc() if descending else key.asc(), col(ApiRow.id))
        .limit(limit)
        .offset(offset)
    )
    rows = (await session.execute(query)).all()
    return [to_api(row, identity) for row, identity in rows], total or 0


def _is_visible(caller: Caller) -> ColumnElement[bool]:
    if caller.is_admin:
        return col(ApiRow.id).is_not(None)
    has_role = exists().where(
        col(ApiAccessRoleRow.api_id) == col(ApiRow.id), col(ApiAccessRoleRow.role).in_(caller.plain_roles)
    )
    return or_(not_(col(ApiRow.is_restricted)), col(ApiRow.provider) == caller.name, has_role)


def _meets(name: str, wanted: Sequence[Wanted]) -> ColumnElement[bool]:
    if name != "tag":
        return or_(*(_matches(_COLUMNS[name], one) for one in wanted))
    matches = or_(*(_matches(col(ApiTagRow.tag), one) for one in wanted))
    return exists().where(col(ApiTagRow.api_id) == col(ApiRow.id), matches)


def _matches(column: SQLColumnExpression[Any], wanted: Wanted) -> ColumnElement[bool]:
    if wanted.is_exact:
        return func.lower(column) == wanted.text.lower()
    return column.icontains(wanted.text, autoescape=True)
