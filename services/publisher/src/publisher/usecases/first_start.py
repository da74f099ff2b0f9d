"""What is there from the first start: the plans of WSO2 and the environment `Default`."""

from __future__ import annotations

from contracts.publisher import Vhost
from publisher.domain.default_plans import default_plans
from publisher.domain.environment import default_environment
from publisher.events.outgoing import environment_fact, plan_fact
from publisher.usecases.unit import Unit, Units


async def add_first_rows(units: Units, *, default_vhost: Vhost) -> None:
    """Adds plans to an empty database only; the built-in environment follows the settings at each start."""
    async with units.begin() as unit:
        await _add_plans(unit)
        environment = default_environment(default_vhost)
        if await unit.environments.find(environment.name) != environment:
            await unit.environments.put(environment)
            await unit.tell(environment_fact(environment))


async def _add_plans(unit: Unit) -> None:
    if not await unit.plans.is_empty():
        return
    for position, plan in enumerate(default_plans()):
        await unit.plans.add(plan, position=position)
        await unit.tell(plan_fact(plan))
