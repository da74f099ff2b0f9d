"""Whether the plans that an API names are there."""

from __future__ import annotations

from contracts.publisher import PlanLevel
from publisher.domain.document import ApiDocument
from publisher.errors import InvalidInput
from publisher.usecases.unit import View


async def check_plans(view: View, document: ApiDocument) -> None:
    """Raises `InvalidInput` with a pointer to the first plan that nobody knows."""
    known = await view.plans.named(PlanLevel.SUBSCRIPTION, document.plans)
    for plan in document.plans:
        if plan not in known:
            raise InvalidInput.at("/policies", f"there is no subscription policy '{plan}'")
    if document.api_plan and not await view.plans.named(PlanLevel.API, [document.api_plan]):
        raise InvalidInput.at("/apiThrottlingPolicy", f"there is no API-level policy '{document.api_plan}'")
