"""Deny policies, as WSO2's Admin v4 has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from contracts.publisher import DenyType
from hosting.problems import problems
from publisher.api.dependencies import ADMIN_PATH, DenyPolicyKeeper, DenyPolicyViewer, UnitsOfWork
from publisher.api.schemas import RequestBody
from publisher.domain.deny_policy import DenyPolicy, checked_address, checked_range, checked_value
from publisher.domain.search import Wanted
from publisher.errors import InvalidInput
from publisher.usecases import keep_deny_policies

router = APIRouter(prefix=f"{ADMIN_PATH}/throttling", tags=["Deny policies"])

_POINTER: Final = "/conditionValue"
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


class AddressValue(RequestBody):
    """One address."""

    fixedIp: str  # noqa: N815  # WSO2's names, here and below
    invert: bool = False


class RangeValue(RequestBody):
    """All addresses from the first to the last."""

    startingIp: str  # noqa: N815
    endingIp: str  # noqa: N815
    invert: bool = False


_Value = TypeVar("_Value", AddressValue, RangeValue)


class DenyPolicyBody(RequestBody):
    """WSO2's BlockingCondition."""

    conditionId: JsonValue = Field(default=None, description="Decided by the server; ignored when sent.")  # noqa: N815
    conditionType: DenyType = Field(strict=False)  # noqa: N815
    conditionValue: JsonValue = Field(  # noqa: N815
        description="API: `/context/version`; APPLICATION: `owner:name`; USER: a name; IP: `{fixedIp, invert}`; "
        "IPRANGE: `{startingIp, endingIp, invert}`."
    )
    conditionStatus: bool = Field(default=True, description="Whether it is applied.")  # noqa: N815

    def to_policy(self, policy_id: str) -> DenyPolicy:
        """Raises `InvalidInput` with a pointer."""
        kind, given, enabled = self.conditionType, self.conditionValue, self.conditionStatus
        if kind is DenyType.IP:
            one = _read(AddressValue, given)
            address = checked_address(one.fixedIp, pointer=f"{_POINTER}/fixedIp")
            return DenyPolicy(policy_id, kind, address, invert=one.invert, enabled=enabled)
        if kind is DenyType.IPRANGE:
            several = _read(RangeValue, given)
            first, last = checked_range(several.startingIp, several.endingIp, pointer=_POINTER)
            return DenyPolicy(policy_id, kind, first, last, invert=several.invert, enabled=enabled)
        if not isinstance(given, str):
            raise InvalidInput.at(_POINTER, f"must be a text for {kind}")
        return DenyPolicy(policy_id, kind, checked_value(kind, given, pointer=_POINTER), enabled=enabled)


class DenyStatusBody(RequestBody):
    conditionId: JsonValue = Field(default=None, description="Decided by the path; ignored when sent.")  # noqa: N815
    conditionStatus: bool = Field(description="Whether it is applied.")  # noqa: N815


class DenyPolicyAnswer(BaseModel):
    """WSO2's BlockingCondition."""

    conditionId: str  # noqa: N815
    conditionType: DenyType  # noqa: N815
    conditionValue: str | AddressValue | RangeValue  # noqa: N815
    conditionStatus: bool  # noqa: N815


class DenyPolicyList(BaseModel):
    """All that were asked for."""

    model_config = ConfigDict(populate_by_name=True)

    count: int
    policies: Sequence[DenyPolicyAnswer] = Field(alias="list")


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
    return DenyPolicyList(count=len(found), policies=[_answer(policy) for policy in found])


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
    return _answer(policy)


@router.get(
    "/deny-policy/{conditionId}", operation_id="getDenyPolicy", summary="Read a deny policy", responses=problems(404)
)
async def get_deny_policy(policy_id: PolicyId, units: UnitsOfWork, caller: DenyPolicyViewer) -> DenyPolicyAnswer:
    """One deny policy."""
    return _answer(await keep_deny_policies.show_deny_policy(units, policy_id))


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
    return _answer(changed)


@router.delete(
    "/deny-policy/{conditionId}",
    operation_id="removeDenyPolicy",
    summary="Remove a deny policy",
    responses=problems(404),
)
async def remove_deny_policy(policy_id: PolicyId, units: UnitsOfWork, caller: DenyPolicyKeeper) -> None:
    """It is forgotten."""
    await keep_deny_policies.remove_deny_policy(units, policy_id)


def _read(model: type[_Value], given: JsonValue) -> _Value:
    """Only the type says what the value must be. Raises what FastAPI raises for the rest of a body."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(_placed(error.errors())) from error


def _placed(errors: Sequence[ErrorDetails]) -> list[dict[str, Any]]:
    return [dict(one, loc=("body", "conditionValue", *one["loc"])) for one in errors]


def _wanted(value: str | None) -> Wanted | None:
    if not value:
        return None
    if "\0" in value:
        raise InvalidInput.at("query/conditionValue", "must not contain NUL")
    is_exact = len(value) > 1 and value[0] == value[-1] == '"'
    return Wanted(value[1:-1] if is_exact else value, is_exact)


def _answer(policy: DenyPolicy) -> DenyPolicyAnswer:
    value: str | AddressValue | RangeValue = policy.value
    if policy.last_address is not None:
        value = RangeValue(startingIp=policy.value, endingIp=policy.last_address, invert=policy.invert)
    elif policy.type is DenyType.IP:
        value = AddressValue(fixedIp=policy.value, invert=policy.invert)
    return DenyPolicyAnswer(
        conditionId=policy.id,
        conditionType=policy.type,
        conditionValue=value,
        conditionStatus=policy.enabled,
    )
