"""Reference tokens by their hash, and revocations. What has expired is only kept until a duty removes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.keymanager import RevocationKind
from keymanager.store.moments import in_utc
from keymanager.store.tables import ReferenceTokenRow, RevocationRow


class IssuedTokenStore:
    """Reads and writes in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, token_hash: str) -> ReferenceTokenRow | None:
        return await self._session.get(ReferenceTokenRow, token_hash)

    async def add(self, row: ReferenceTokenRow) -> None:
        """Raises IntegrityError where the client has been deleted meanwhile."""
        self._session.add(row)
        await self._session.flush()

    async def of_client(self, client_id: str) -> Sequence[ReferenceTokenRow]:
        query = select(ReferenceTokenRow).where(ReferenceTokenRow.client_id == client_id)
        return (await self._session.scalars(query)).all()

    async def of_subject(self, subject: str) -> Sequence[ReferenceTokenRow]:
        query = select(ReferenceTokenRow).where(ReferenceTokenRow.subject == subject)
        return (await self._session.scalars(query)).all()

    async def expired(self, *, at: datetime, limit: int) -> Sequence[ReferenceTokenRow]:
        query = select(ReferenceTokenRow).where(col(ReferenceTokenRow.expires_at) < at).limit(limit)
        return (await self._session.scalars(query)).all()

    async def remove(self, row: ReferenceTokenRow | RevocationRow) -> None:
        await self._session.delete(row)
        await self._session.flush()

    async def save_revocation(self, row: RevocationRow) -> None:
        """A later revocation of the same thing takes the place of the earlier."""
        await self._session.merge(row)
        await self._session.flush()

    async def expired_revocations(self, *, at: datetime, limit: int) -> Sequence[RevocationRow]:
        query = select(RevocationRow).where(col(RevocationRow.expires_at) < at).limit(limit)
        return (await self._session.scalars(query)).all()

    async def is_revoked(self, *, token_id: str, client_id: str, subject: str, issued_at: datetime) -> bool:
        """Whether a revocation names the token, or its client or subject at a time not before it was issued."""
        named = (
            (RevocationKind.TOKEN, token_id),
            (RevocationKind.CLIENT, client_id),
            (RevocationKind.SUBJECT, subject),
        )
        query = select(RevocationRow).where(
            or_(*((col(RevocationRow.kind) == kind) & (col(RevocationRow.id) == name) for kind, name in named))
        )
        rows = (await self._session.scalars(query)).all()
        return any(row.kind == RevocationKind.TOKEN or issued_at <= in_utc(row.revoked_at) for row in rows)
