"""Throttling policies to choose from, and the settings a user interface needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path

from contracts.publisher import PlanLevel
from hosting.listing import Listing, Page, PageQuery, listing
from hosting.problems import problems
from publisher.api.dependencies import BASE_PATH, PlanViewer, SettingsViewer, UnitsOfWork
from publisher.api.plan_representations import PlanAnswer, SettingsAnswer, environment_answer, plan_answer
from publisher.domain.plan import Plan
from publisher.usecases.read_plans import get_plan, list_environments
from publisher.usecases.read_plans import list_plans as list_all

router = APIRouter(prefix=BASE_PATH, tags=["Throttling policies"])

Level = Annotated[PlanLevel, Path(description="What the policies limit.")]


# Before `/{level}/{name}`, which would take it for a level named `streaming`.
@router.get(
    "/throttling-policies/streaming/subscription",
    operation_id="listStreamingPlans",
    summary="List event-count plans",
    responses=problems(),
)
async def list_streaming_plans(page: PageQuery, units: UnitsOfWork, caller: PlanViewer) -> Listing[PlanAnswer]:
    """Subscription plans that count events, as streaming APIs are usually sold."""
    plans = await list_all(units, PlanLevel.SUBSCRIPTION, is_streaming=True)
    return _page_of(plans, page, path="/throttling-policies/streaming/subscription")


@router.get(
    "/throttling-policies/{level}", operation_id="listPlans", summary="List plans of a level", responses=problems(404)
)
async def list_plans(level: Level, page: PageQuery, units: UnitsOfWork, caller: PlanViewer) -> Listing[PlanAnswer]:
    """The plans that count events are listed apart, under `streaming`."""
    return _page_of(await list_all(units, level, is_streaming=False), page, path=f"/throttling-policies/{level}")


@router.get(
    "/throttling-policies/{level}/{name}", operation_id="getPlan", summary="Read a plan", responses=problems(404)
)
async def read_plan(
    level: Level,
    name: Annotated[str, Path(description="The plan's name.", examples=["Gold"])],
    units: UnitsOfWork,
    caller: PlanViewer,
) -> PlanAnswer:
    """One plan, whether or not it counts events."""
    return plan_answer(await get_plan(units, level, name))


@router.get("/settings", operation_id="getSettings", summary="Read settings", responses=problems())
async def get_settings(units: UnitsOfWork, caller: SettingsViewer) -> SettingsAnswer:
    """The gateway environments, and what the caller's token allows."""
    environments = [environment_answer(environment) for environment in await list_environments(units)]
    return SettingsAnswer(environment=environments, scopes=sorted(caller.scopes))


def _page_of(plans: Sequence[Plan], page: Page, *, path: str) -> Listing[PlanAnswer]:
    part = plans[page.offset : page.offset + page.limit]
    return listing([plan_answer(plan) for plan in part], total=len(plans), page=page, path=path)
