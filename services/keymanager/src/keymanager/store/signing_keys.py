"""Signing keys and the issuer they belong to. Private halves are sealed before they come here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from keymanager.store.tables import IssuerRow, SigningKeyRow


class SigningKeyStore:
    """Reads and writes in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def newest(self, algorithm: str) -> SigningKeyRow | None:
        """The key that signs."""
        query = (
            select(SigningKeyRow)
            .where(SigningKeyRow.algorithm == algorithm)
            .order_by(col(SigningKeyRow.generation).desc())
            .limit(1)
        )
        return (await self._session.scalars(query)).one_or_none()

    async def every(self) -> Sequence[SigningKeyRow]:
        """All keys whose tokens may still be about."""
        return (await self._session.scalars(select(SigningKeyRow).order_by(col(SigningKeyRow.created_at)))).all()

    async def add(self, row: SigningKeyRow) -> None:
        """Raises IntegrityError where another replica has made this generation."""
        self._session.add(row)
        await self._session.flush()

    async def issuer(self, issuer_id: str) -> IssuerRow | None:
        return await self._session.get(IssuerRow, issuer_id, with_for_update=True)

    async def add_issuer(self, row: IssuerRow) -> None:
        self._session.add(row)
        await self._session.flush()
