"""Session bans in the database, until they are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from publisher.domain.session_ban import SessionBan, SessionSelector
from publisher.store.tables import SessionBanRow


class SessionBanStore:
    """Newest first."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, ban: SessionBan) -> None:
        """A new one."""
        self._session.add(
            SessionBanRow(
                id=ban.id,
                session_id=ban.selector.session_id,
                api_id=ban.selector.api_id,
                application_id=ban.selector.application_id,
                plan=ban.selector.plan,
                user=ban.selector.user,
                address=ban.selector.address,
                banned_at=ban.banned_at,
                until=ban.until,
                reason=ban.reason,
                banned_by=ban.banned_by,
            )
        )
        await self._session.flush()

    async def find(self, ban_id: str) -> SessionBan | None:
        """The ban, where it is known still."""
        row = await self._session.get(SessionBanRow, ban_id)
        return None if row is None else _to_ban(row)

    async def in_force(self, now: datetime) -> Sequence[SessionBan]:
        """Those that hold at a moment."""
        query = select(SessionBanRow).where(col(SessionBanRow.until) > now)
        rows = (await self._session.scalars(query.order_by(col(SessionBanRow.banned_at).desc()))).all()
        return [_to_ban(row) for row in rows]

    async def remove(self, ban_id: str) -> None:
        """It does not hold any more."""
        await self._session.execute(delete(SessionBanRow).where(col(SessionBanRow.id) == ban_id))

    async def remove_over(self, before: datetime) -> None:
        """Forgets those that were over before a moment."""
        await self._session.execute(delete(SessionBanRow).where(col(SessionBanRow.until) < before))


def _to_ban(row: SessionBanRow) -> SessionBan:
    selector = SessionSelector(
        session_id=row.session_id,
        api_id=row.api_id,
        application_id=row.application_id,
        plan=row.plan,
        user=row.user,
        address=row.address,
    )
    return SessionBan(row.id, selector, row.banned_at, row.until, row.reason, row.banned_by)
