"""Look at APIs: one, a list, its history, its deployments, its plans."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.publisher import PlanLevel
from publisher.domain.api import Api, Deployment, LifecycleEvent
from publisher.domain.caller import Caller
from publisher.domain.plan import Plan
from publisher.domain.search import Search
from publisher.store.api_search import find_apis
from publisher.usecases.opening import read_api
from publisher.usecases.unit import Units


async def get_api(units: Units, api_id: str, *, caller: Caller) -> Api:
    """Raises `NotFound`."""
    async with units.reading() as view:
        return await read_api(view, api_id, caller=caller)


async def list_apis(
    units: Units, search: Search, *, caller: Caller, sort_by: str, descending: bool, limit: int, offset: int
) -> tuple[Sequence[Api], int]:
    """The part of the list that the caller may see, and how long the whole list is."""
    async with units.reading() as view:
        return await find_apis(
            view.session,
            search,
            caller=caller,
            sort_by=sort_by,
            descending=descending,
            limit=limit,
            offset=offset,
        )


async def read_history(units: Units, api_id: str, *, caller: Caller) -> Sequence[LifecycleEvent]:
    """Oldest first. Raises `NotFound`."""
    async with units.reading() as view:
        await read_api(view, api_id, caller=caller)
        return await view.apis.history(api_id)


async def read_deployments(units: Units, api_id: str, *, caller: Caller) -> Sequence[Deployment]:
    """By environment. Raises `NotFound`."""
    async with units.reading() as view:
        await read_api(view, api_id, caller=caller)
        return await view.revisions.deployments_of(api_id)


async def read_plans_of_api(units: Units, api_id: str, *, caller: Caller) -> Sequence[Plan]:
    """The plans with which the API is sold, in its own order. Raises `NotFound`."""
    async with units.reading() as view:
        api = await read_api(view, api_id, caller=caller)
        known = await view.plans.named(PlanLevel.SUBSCRIPTION, api.document.plans)
    return [known[name] for name in api.document.plans if name in known]
