"""Look at the catalogue: published APIs, one of them with where gateways serve it, tags, plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.publisher import Api, Operation, Plan, PlanLevel
from devportal.domain.caller import Caller
from devportal.domain.catalogue import is_permitted, is_shown_to
from devportal.domain.gateway_urls import GatewayUrls, gateway_urls
from devportal.domain.search import Search
from devportal.errors import UnknownPlan
from devportal.store.catalogue import count_tags, find_apis
from devportal.usecases.opening import is_id, unknown_api
from devportal.usecases.unit import Units, View


@dataclass(frozen=True, slots=True)
class ShownApi:
    """An API with all that a developer is to know of it. `plans` are those that the caller may choose, by name."""

    api: Api
    urls: Sequence[GatewayUrls]
    operations: Sequence[Operation]
    plans: Mapping[str, Plan]


async def list_apis(
    units: Units, search: Search, *, caller: Caller, limit: int, offset: int
) -> tuple[Sequence[Api], int]:
    """The part of the list that the caller may see, and how long the whole list is."""
    async with units.reading() as view:
        return await find_apis(view.session, search, caller=caller, limit=limit, offset=offset)


async def show_api(units: Units, api_id: str, *, caller: Caller) -> ShownApi:
    """Raises `UnknownApi`, also for an API that is not published."""
    async with units.reading() as view:
        api = await view.learnt.api(api_id) if is_id(api_id) else None
        if api is None or not is_shown_to(api, caller):
            raise unknown_api(api_id)
        return await _describe(view, api, caller)


async def list_tags(units: Units, *, caller: Caller, limit: int, offset: int) -> tuple[Sequence[tuple[str, int]], int]:
    """Each tag with how many of the listed APIs have it."""
    async with units.reading() as view:
        return await count_tags(view.session, caller=caller, limit=limit, offset=offset)


async def list_plans(units: Units, level: PlanLevel, *, caller: Caller) -> Sequence[Plan]:
    """All of a level that the caller may choose, by name."""
    async with units.reading() as view:
        return await _permitted_plans(view, level, caller)


async def show_plan(units: Units, level: PlanLevel, *, name: str, caller: Caller) -> Plan:
    """Raises `UnknownPlan`, also for one that the caller may not choose."""
    async with units.reading() as view:
        plan = await view.learnt.plan(level, name) if "\0" not in name else None
    if plan is None or not is_permitted(plan, caller):
        raise UnknownPlan(f"There is no {level} policy '{name[:100]}'.")
    return plan


async def _permitted_plans(view: View, level: PlanLevel, caller: Caller) -> Sequence[Plan]:
    return [plan for plan in await view.learnt.plans(level) if is_permitted(plan, caller)]


async def _describe(view: View, api: Api, caller: Caller) -> ShownApi:
    deployments = await view.learnt.deployments(api.id)
    environments = await view.learnt.environments({deployment.environment for deployment in deployments})
    is_default = await view.learnt.is_default_version(api.id)
    urls = [
        gateway_urls(api, environment=environments[d.environment], vhost=d.vhost, is_default=is_default)
        for d in deployments
        if d.environment in environments
    ]
    plans = {plan.name: plan for plan in await _permitted_plans(view, PlanLevel.SUBSCRIPTION, caller)}
    operations = deployments[0].operations if deployments else ()
    return ShownApi(api, urls, operations, plans)
