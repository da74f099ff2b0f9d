"""Plans (throttling policies) in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.publisher import PlanLevel, Quota
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

    async def is_empty(self) -> bool:
        """Before the first start."""
        return not await self._session.scalar(select(func.count()).select_from(PlanRow))

    async def add(self, plan: Plan, *, position: int) -> None:
        """`position` is its place in lists."""
        self._session.add(
            PlanRow(
                id=plan.id,
                level=plan.level,
                name=plan.name,
                position=position,
                display_name=plan.display_name,
                description=plan.description,
                billing_plan=plan.billing_plan,
                stop_on_quota_reach=plan.stop_on_quota_reach,
                is_streaming=plan.is_streaming,
                quota=plan.quota.model_dump(mode="json") if plan.quota else None,
            )
        )
        await self._session.flush()


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
    )
