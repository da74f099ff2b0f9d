"""Throttling policies to choose from, for everybody."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path

from contracts.publisher import PlanLevel
from devportal.api.dependencies import BASE_PATH, UnitsOfWork, Visitor
from devportal.api.plan_answers import PlanAnswer, plan_answer
from devportal.usecases import browse_catalogue
from hosting.listing import Listing, PageQuery, listing
from hosting.problems import public_problems

router = APIRouter(prefix=f"{BASE_PATH}/throttling-policies", tags=["Throttling policies"])

Level = Annotated[
    Literal["application", "subscription"],
    Path(alias="policyLevel", description="What the policies limit: an application, or one subscription."),
]


@router.get("/{policyLevel}", operation_id="listPlans", summary="List plans of a level", responses=public_problems())
async def list_plans(level: Level, page: PageQuery, units: UnitsOfWork, caller: Visitor) -> Listing[PlanAnswer]:
    """Those that the caller may choose, by name. An unlimited plan shows the largest number that WSO2 has."""
    plans = await browse_catalogue.list_plans(units, PlanLevel(level), caller=caller)
    part = [plan_answer(plan) for plan in plans[page.offset : page.offset + page.limit]]
    return listing(part, total=len(plans), page=page, path=f"/throttling-policies/{level}")


@router.get("/{policyLevel}/{policyId}", operation_id="getPlan", summary="Read a plan", responses=public_problems(404))
async def get_plan(
    level: Level,
    name: Annotated[str, Path(alias="policyId", description="The plan's name.", examples=["Gold"])],
    units: UnitsOfWork,
    caller: Visitor,
) -> PlanAnswer:
    """One plan."""
    return plan_answer(await browse_catalogue.show_plan(units, PlanLevel(level), name=name, caller=caller))
