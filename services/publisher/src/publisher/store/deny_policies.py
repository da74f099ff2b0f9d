"""Deny policies in the database, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.publisher import DenyType
from publisher.domain.deny_policy import DenyPolicy
from publisher.domain.search import Wanted
from publisher.store.tables import ApiRow, ApplicationRow, DenyPolicyRow, IdentityRow


class DenyPolicyStore:
    """Deny policies, and whether what they name is there."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(self, *, type_: DenyType | None, value: Wanted | None) -> Sequence[DenyPolicy]:
        """Those of a type, and with a value (or a part of one, in any letter case)."""
        query = select(DenyPolicyRow).order_by(col(DenyPolicyRow.created_at), col(DenyPolicyRow.id))
        if type_ is not None:
            query = query.where(col(DenyPolicyRow.type) == type_)
        if value is not None:
            columns = (col(DenyPolicyRow.value), col(DenyPolicyRow.last_address))
            query = query.where(
                or_(
                    *(
                        column == value.text
                        if value.is_exact
                        else func.lower(column).contains(value.text.lower(), autoescape=True)
                        for column in columns
                    )
                )
            )
        return [_to_policy(row) for row in (await self._session.scalars(query)).all()]

    async def find(self, policy_id: str) -> DenyPolicy | None:
        """One."""
        row = await self._session.get(DenyPolicyRow, policy_id)
        return _to_policy(row) if row else None

    async def open(self, policy_id: str) -> DenyPolicy | None:
        """One, to change it: nobody else does until the transaction ends."""
        row = await self._session.get(DenyPolicyRow, policy_id, with_for_update=True)
        return _to_policy(row) if row else None

    async def add(self, policy: DenyPolicy, *, now: datetime) -> None:
        """Raises `IntegrityError` where the same is denied already."""
        self._session.add(
            DenyPolicyRow(
                id=policy.id,
                identity=policy.identity,
                type=policy.type,
                value=policy.value,
                last_address=policy.last_address,
                invert=policy.invert,
                enabled=policy.enabled,
                created_at=now,
            )
        )
        await self._session.flush()

    async def enable(self, policy_id: str, *, enabled: bool) -> None:
        """Or disable."""
        row = await self._session.get_one(DenyPolicyRow, policy_id)
        row.enabled = enabled
        await self._session.flush()

    async def remove(self, policy_id: str) -> None:
        """It must be there."""
        await self._session.delete(await self._session.get_one(DenyPolicyRow, policy_id))
        await self._session.flush()

    async def has_api(self, candidates: Iterable[tuple[str, str]]) -> bool:
        """Whether there is an API with one of these context keys and canonical versions."""
        query = select(ApiRow.id).join(IdentityRow, col(ApiRow.name_key) == col(IdentityRow.name_key))
        is_one = or_(
            *(
                and_(col(IdentityRow.context_key) == context_key, col(ApiRow.canonical_version) == version)
                for context_key, version in candidates
            )
        )
        return await self._session.scalar(query.where(is_one).limit(1)) is not None

    async def has_application(self, *, owner: str, name: str) -> bool:
        """Whether the application has been heard of."""
        query = select(ApplicationRow.id).where(col(ApplicationRow.owner) == owner, col(ApplicationRow.name) == name)
        return await self._session.scalar(query.limit(1)) is not None


def _to_policy(row: DenyPolicyRow) -> DenyPolicy:
    return DenyPolicy(
        id=row.id,
        type=DenyType(row.type),
        value=row.value,
        last_address=row.last_address,
        invert=row.invert,
        enabled=row.enabled,
    )
