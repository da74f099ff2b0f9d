"""Plans (throttling policies) in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.publisher import Burst, PlanLevel, Quota, QuotaReaction
from publisher.domain.plan import Plan
from publisher.store.tables import PlanRow


class PlanStore:
    """Plans of all levels."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_level(self, level: PlanLevel, *, is_streaming: bool | None = None) -> Sequence[Plan]:
        """All plans of a level, or only those that do (or do not) count events."""
        query = select(PlanRow).where(col(PlanRow.level) == level)
        if is_streaming is not None:
            query = query.where(col(PlanRow.is_streaming) == is_streaming)
        rows = (await self._session.scalars(query.order_by(col(PlanRow.position), col(PlanRow.name)))).all()
        return [_to_plan(row) for row in rows]

    async def named(self, level: PlanLevel, names: Collection[str]) -> dict[str, Plan]:
        """Those of the names that exist."""
        query = select(PlanRow).where(col(PlanRow.level) == level, col(PlanRow.name).in_(names))
        return {row.name: _to_plan(row) for row in (await self._session.scalars(query)).all()}

    async def hold(self, level: PlanLevel, names: Collection[str]) -> Collection[str]:
        """Which of the names exist; until the transaction ends nobody removes those."""
        query = select(PlanRow.name).where(col(PlanRow.level) == level, col(PlanRow.name).in_(names))
        return set((await self._session.scalars(query.with_for_update(read=True))).all())

    async def find(self, level: PlanLevel, plan_id: str) -> Plan | None:
        """One of the level's."""
        row = await self._session.get(PlanRow, plan_id)
        return _to_plan(row) if row and row.level == level else None

    async def open(self, level: PlanLevel, plan_id: str) -> Plan | None:
        """One of the level's, to change it: nobody else changes or holds it until the transaction ends."""
        await self._session.get(PlanRow, plan_id, with_for_update=True)
        return await self.find(level, plan_id)

    async def is_empty(self) -> bool:
        """Before the first start."""
        return not await self._session.scalar(select(func.count()).select_from(PlanRow))

    async def next_position(self) -> int:
        """Behind all others in lists."""
        return (await self._session.scalar(select(func.max(PlanRow.position))) or 0) + 1

    async def add(self, plan: Plan, *, position: int) -> None:
        """`position` is its place in lists. Raises `IntegrityError` where the level has the name already."""
        self._session.add(PlanRow(position=position, **_columns(plan)))
        await self._session.flush()

    async def save(self, plan: Plan) -> None:
        """As it is now; its place in lists stays."""
        row = await self._session.get_one(PlanRow, plan.id)
        for name, value in _columns(plan).items():
            setattr(row, name, value)
        await self._session.flush()

    async def remove(self, plan_id: str) -> None:
        """It must be unused."""
        await self._session.delete(await self._session.get_one(PlanRow, plan_id))
        await self._session.flush()


def _columns(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "level": plan.level,
        "name": plan.name,
        "display_name": plan.display_name,
        "description": plan.description,
        "billing_plan": plan.billing_plan,
        "stop_on_quota_reach": plan.stop_on_quota_reach,
        "is_streaming": plan.is_streaming,
        "quota": plan.quota.model_dump(mode="json") if plan.quota else None,
        "burst": plan.burst.model_dump(mode="json") if plan.burst else None,
        "connections": plan.connections,
        "max_message_bytes": plan.max_message_bytes,
        "reaction": plan.reaction,
        "permitted_roles": None if plan.permitted_roles is None else list(plan.permitted_roles),
        "denied_roles": list(plan.denied_roles),
        "kept": dict(plan.kept),
    }


def _to_plan(row: PlanRow) -> Plan:
    return Plan(
        id=row.id,
        level=PlanLevel(row.level),
        name=row.name,
        display_name=row.display_name,
        description=row.description,
        quota=Quota.model_validate(row.quota) if row.quota else None,
        is_streaming=row.is_streaming,
        billing_plan=row.billing_plan,
        stop_on_quota_reach=row.stop_on_quota_reach,
        burst=Burst.model_validate(row.burst) if row.burst else None,
        connections=row.connections,
        max_message_bytes=row.max_message_bytes,
        reaction=QuotaReaction(row.reaction),
        permitted_roles=None if row.permitted_roles is None else tuple(row.permitted_roles),
        denied_roles=tuple(row.denied_roles),
        kept=row.kept,
    )
