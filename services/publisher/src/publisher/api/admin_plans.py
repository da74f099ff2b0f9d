"""Throttling policies, as WSO2's Admin v4 has them: make plans, change and remove them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Path, Response

from contracts.publisher import PlanLevel
from hosting.problems import problems
from publisher.api.dependencies import ADMIN_PATH, AdminPlanKeeper, AdminPlanViewer, UnitsOfWork
from publisher.api.plan_bodies import PlanBody, PlanListAnswer, plan_body
from publisher.errors import UnsupportedPlan
from publisher.usecases import keep_plans

router = APIRouter(prefix=f"{ADMIN_PATH}/throttling/policies", tags=["Throttling policies (admin)"])

_LEVELS: Final = {
    "subscription": PlanLevel.SUBSCRIPTION,
    "application": PlanLevel.APPLICATION,
    "advanced": PlanLevel.API,
}
_EXAMPLE: Final[dict[str, Any]] = {
    "policyName": "Platinum",
    "description": "100 messages each second, and at most 10 sessions",
    "defaultLimit": {"type": "EVENTCOUNTLIMIT", "eventCount": {"timeUnit": "min", "unitTime": 1, "eventCount": 6000}},
    "rateLimitCount": 100,
    "rateLimitTimeUnit": "sec",
    "stopOnQuotaReach": True,
    "billingPlan": "FREE",
    "permissions": {"permissionType": "ALLOW", "roles": ["Internal/subscriber"]},
    "sluice": {"connections": 10, "maxMessageBytes": 65536, "reaction": "close"},
}

Level = Annotated[
    Literal["subscription", "application", "advanced"], Path(description="What the policies limit; `advanced`: an API.")
]
PolicyId = Annotated[str, Path(alias="policyId", description="The policy's id.")]
Policy = Annotated[
    PlanBody, Body(openapi_examples={"platinum": {"summary": "A subscription policy", "value": _EXAMPLE}})
]


# Before `/{level}`, to which `custom` would be no level.
@router.get(
    "/custom", operation_id="listCustomRules", summary="Custom rules", responses=problems(), response_model=None
)
@router.post(
    "/custom", operation_id="addCustomRule", summary="Make a custom rule", responses=problems(), response_model=None
)
async def custom_rules(caller: AdminPlanViewer) -> None:
    """Rules in Siddhi's language are not planned: always 400."""
    raise UnsupportedPlan("Custom rules (Siddhi queries) are not supported, and not planned.")


@router.get(
    "/{level}",
    operation_id="listAdminPlans",
    summary="List policies",
    response_model_exclude_none=True,
    responses=problems(),
)
async def list_plans(level: Level, units: UnitsOfWork, caller: AdminPlanViewer) -> PlanListAnswer:
    """All of a level."""
    plans = [plan_body(plan) for plan in await keep_plans.list_plans_of_level(units, _LEVELS[level])]
    return PlanListAnswer.model_validate({"count": len(plans), "list": plans})


@router.post(
    "/{level}",
    status_code=201,
    operation_id="addPlan",
    summary="Make a policy",
    response_model_exclude_none=True,
    responses=problems(409, 413),
)
async def add_plan(
    level: Level, body: Policy, response: Response, units: UnitsOfWork, caller: AdminPlanKeeper
) -> PlanBody:
    """APIs can be sold with it at once."""
    plan = await keep_plans.add_plan(units, body.to_plan(_LEVELS[level], plan_id=units.new_id()))
    response.headers["Location"] = f"{ADMIN_PATH}/throttling/policies/{level}/{plan.id}"
    return plan_body(plan)


@router.get(
    "/{level}/{policyId}",
    operation_id="getAdminPlan",
    summary="Read a policy",
    response_model_exclude_none=True,
    responses=problems(404),
)
async def get_plan(level: Level, policy_id: PolicyId, units: UnitsOfWork, caller: AdminPlanViewer) -> PlanBody:
    """One policy."""
    return plan_body(await keep_plans.show_plan(units, _LEVELS[level], policy_id))


@router.put(
    "/{level}/{policyId}",
    operation_id="changePlan",
    summary="Change a policy",
    response_model_exclude_none=True,
    responses=problems(404, 413),
)
async def change_plan(
    level: Level, policy_id: PolicyId, body: Policy, units: UnitsOfWork, caller: AdminPlanKeeper
) -> PlanBody:
    """Holds at once, for open sessions too. Its name stays, whatever is sent."""
    return plan_body(await keep_plans.change_plan(units, body.to_plan(_LEVELS[level], plan_id=policy_id)))


@router.delete("/{level}/{policyId}", operation_id="removePlan", summary="Remove a policy", responses=problems(404))
async def remove_plan(level: Level, policy_id: PolicyId, units: UnitsOfWork, caller: AdminPlanKeeper) -> None:
    """While anything uses it, 403 with code 900971."""
    await keep_plans.remove_plan(units, _LEVELS[level], policy_id)
