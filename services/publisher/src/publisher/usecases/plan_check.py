"""Whether the plans that an API names are there."""

from __future__ import annotations

from typing import Final

from contracts.publisher import PlanLevel
from publisher.domain.document import ApiDocument
from publisher.errors import InvalidInput
from publisher.usecases.unit import Unit

_PLACES: Final = {
    PlanLevel.SUBSCRIPTION: ("/policies", "subscription policy"),
    PlanLevel.API: ("/apiThrottlingPolicy", "API-level policy"),
}


async def check_plans(unit: Unit, document: ApiDocument) -> None:
    """They stay until the unit ends. Raises `InvalidInput` with a pointer to the first plan that nobody knows."""
    for level, (pointer, kind) in _PLACES.items():
        names = [name for named_level, name in document.named_plans if named_level is level]
        known = await unit.plans.hold(level, names)
        for name in names:
            if name not in known:
                raise InvalidInput.at(pointer, f"there is no {kind} '{name}'")
