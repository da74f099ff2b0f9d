"""Make plans, change and remove them. Gateways follow at once, open sessions included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from contracts.publisher import PlanLevel
from publisher.domain.plan import Plan
from publisher.errors import PlanExists, PlanInUse, UnknownPlan
from publisher.events.outgoing import plan_fact
from publisher.store.plan_use import what_uses
from publisher.usecases.opening import is_id
from publisher.usecases.unit import Unit, Units


async def list_plans_of_level(units: Units, level: PlanLevel) -> Sequence[Plan]:
    """All, those that count events too."""
    async with units.reading() as view:
        return await view.plans.of_level(level)


async def show_plan(units: Units, level: PlanLevel, plan_id: str) -> Plan:
    """Raises `UnknownPlan`."""
    async with units.reading() as view:
        return _known(await view.plans.find(level, plan_id) if is_id(plan_id) else None, plan_id)


async def add_plan(units: Units, plan: Plan) -> Plan:
    """Raises `PlanExists` where the level has one of that name."""
    try:
        async with units.begin() as unit:
            await unit.plans.add(plan, position=await unit.plans.next_position())
            await unit.tell(plan_fact(plan))
    except IntegrityError as error:
        raise PlanExists(f"There is a policy '{plan.name}' of this level already.") from error
    return plan


async def change_plan(units: Units, plan: Plan) -> Plan:
    """The plan as it is then: its name stays, whatever is sent. Raises `UnknownPlan`."""
    async with units.begin() as unit:
        before = await _open(unit, plan.level, plan.id)
        changed = replace(plan, name=before.name)
        await unit.plans.save(changed)
        await unit.tell(plan_fact(changed))
    return changed


async def remove_plan(units: Units, level: PlanLevel, plan_id: str) -> None:
    """Raises `UnknownPlan`, or `PlanInUse` while anything depends on it."""
    async with units.begin() as unit:
        plan = await _open(unit, level, plan_id)
        if plan.is_needed_by_gateways:
            raise PlanInUse(f"Gateways use '{plan.name}' for channels without authentication.")
        if user := await what_uses(unit.session, plan):
            raise PlanInUse(f"'{plan.name}' cannot be removed: {user} uses it.")
        await unit.plans.remove(plan_id)
        await unit.tell_end(plan_fact(plan))


async def _open(unit: Unit, level: PlanLevel, plan_id: str) -> Plan:
    return _known(await unit.plans.open(level, plan_id) if is_id(plan_id) else None, plan_id)


def _known(plan: Plan | None, plan_id: str) -> Plan:
    if plan is None:
        raise UnknownPlan(f"There is no policy with the id '{plan_id[:100]}'.")
    return plan
