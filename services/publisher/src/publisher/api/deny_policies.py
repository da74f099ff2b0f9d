"""Deny policies, as WSO2's Admin v4 has them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, Response

from contracts.publisher import DenyType
from hosting.problems import problems
from publisher.api.deny_policy_bodies import (
    DenyPolicyAnswer,
    DenyPolicyBody,
    DenyPolicyList,
    DenyStatusBody,
    deny_policy_answer,
)
from publisher.api.dependencies import ADMIN_PATH, DenyPolicyKeeper, DenyPolicyViewer, UnitsOfWork
from publisher.domain.search import Wanted
from publisher.errors import InvalidInput
from publisher.usecases import keep_deny_policies

router = APIRouter(prefix=f"{ADMIN_PATH}/throttling", tags=["Deny policies"])

_EXAMPLES: Final[dict[str, Any]] = {
    "api": {"summary": "An API", "value": {"conditionType": "API", "conditionValue": "/echowebsocket/1.0.0"}},
    "user": {"summary": "A user", "value": {"conditionType": "USER", "conditionValue": "sue"}},
    "range": {
        "summary": "All addresses but these",
        "value": {
            "conditionType": "IPRANGE",
            "conditionValue": {"startingIp": "192.0.2.0", "endingIp": "192.0.2.255", "invert": True},
        },
    },
}


PolicyId = Annotated[str, Path(alias="conditionId", description="The deny policy's id.")]


@router.get("/deny-policies", operation_id="listDenyPolicies", summary="List deny policies", responses=problems())
async def list_deny_policies(
    units: UnitsOfWork,
    caller: DenyPolicyViewer,
    type_: Annotated[DenyType | None, Query(alias="conditionType", description="Only those of this type.")] = None,
    value: Annotated[
        str | None,
        Query(alias="conditionValue", max_length=500, description='Part of the value; "quoted" is the whole value.'),
    ] = None,
) -> DenyPolicyList:
    """Oldest first."""
    found = await keep_deny_policies.list_deny_policies(units, type_=type_, value=_wanted(value))
    return DenyPolicyList(count=len(found), policies=[deny_policy_answer(policy) for policy in found])


@router.post(
    "/deny-policies",
    status_code=201,
    operation_id="addDenyPolicy",
    summary="Make a deny policy",
    responses=problems(409, 413),
)
async def add_deny_policy(
    body: Annotated[DenyPolicyBody, Body(openapi_examples=_EXAMPLES)],
    response: Response,
    units: UnitsOfWork,
    caller: DenyPolicyKeeper,
) -> DenyPolicyAnswer:
    """Gateways refuse what it names, and close its open sessions."""
    policy = await keep_deny_policies.add_deny_policy(units, body.to_policy(units.new_id()))
    response.headers["Location"] = f"{ADMIN_PATH}/throttling/deny-policy/{policy.id}"
    return deny_policy_answer(policy)


@router.get(
    "/deny-policy/{conditionId}", operation_id="getDenyPolicy", summary="Read a deny policy", responses=problems(404)
)
async def get_deny_policy(policy_id: PolicyId, units: UnitsOfWork, caller: DenyPolicyViewer) -> DenyPolicyAnswer:
    """One deny policy."""
    return deny_policy_answer(await keep_deny_policies.show_deny_policy(units, policy_id))


@router.patch(
    "/deny-policy/{conditionId}",
    operation_id="changeDenyPolicy",
    summary="Enable or disable a deny policy",
    responses=problems(404, 413),
)
async def change_deny_policy(
    policy_id: PolicyId, body: DenyStatusBody, units: UnitsOfWork, caller: DenyPolicyKeeper
) -> DenyPolicyAnswer:
    """What is disabled denies nobody."""
    changed = await keep_deny_policies.enable_deny_policy(units, policy_id, enabled=body.conditionStatus)
    return deny_policy_answer(changed)


@router.delete(
    "/deny-policy/{conditionId}",
    operation_id="removeDenyPolicy",
    summary="Remove a deny policy",
    responses=problems(404),
)
async def remove_deny_policy(policy_id: PolicyId, units: UnitsOfWork, caller: DenyPolicyKeeper) -> None:
    """It is forgotten."""
    await keep_deny_policies.remove_deny_policy(units, policy_id)


def _wanted(value: str | None) -> Wanted | None:
    if not value:
        return None
    if "\0" in value:
        raise InvalidInput.at("query/conditionValue", "must not contain NUL")
    is_exact = len(value) > 1 and value[0] == value[-1] == '"'
    return Wanted(value[1:-1] if is_exact else value, is_exact)
