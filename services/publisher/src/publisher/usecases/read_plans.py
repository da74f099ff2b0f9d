"""Look at plans and at the gateway environments."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.publisher import PlanLevel
from publisher.domain.environment import Environment
from publisher.domain.plan import Plan
from publisher.errors import UnknownPlan
from publisher.usecases.unit import Units


async def list_plans(units: Units, level: PlanLevel, *, is_streaming: bool | None = None) -> Sequence[Plan]:
    """All plans of a level, or only those that do (or do not) count events."""
    async with units.reading() as view:
        return await view.plans.of_level(level, is_streaming=is_streaming)


async def get_plan(units: Units, level: PlanLevel, name: str) -> Plan:
    """Raises `UnknownPlan`."""
    async with units.reading() as view:
        found = await view.plans.named(level, [name]) if "\0" not in name else {}
    if name not in found:
        raise UnknownPlan(f"There is no {level} policy '{name[:100]}'.")
    return found[name]


async def list_environments(units: Units) -> Sequence[Environment]:
    """By name."""
    async with units.reading() as view:
        return await view.environments.all()
