"""Who uses a plan: as long as anybody does, it stays."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from contracts.publisher import PlanLevel
from publisher.domain.plan import Plan
from publisher.store.tables import ApiPlanRow, ApplicationRow, SubscriptionRow


async def what_uses(session: AsyncSession, plan: Plan) -> str | None:
    """The kind of the first thing found, in words; None: nothing does."""
    for kind, query in _queries(plan):
        if await session.scalar(query.limit(1)) is not None:
            return kind
    return None


def _queries(plan: Plan) -> tuple[tuple[str, SelectOfScalar[str]], ...]:
    apis = select(ApiPlanRow.api_id).where(col(ApiPlanRow.level) == plan.level, col(ApiPlanRow.plan) == plan.name)
    if plan.level is PlanLevel.APPLICATION:
        return (("an application", select(ApplicationRow.id).where(col(ApplicationRow.plan) == plan.name)),)
    if plan.level is PlanLevel.SUBSCRIPTION:
        subscriptions = select(SubscriptionRow.id).where(col(SubscriptionRow.plan) == plan.name)
        return (("an API", apis), ("a subscription", subscriptions))
    return (("an API", apis),)
