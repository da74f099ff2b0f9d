"""Deny policies as WSO2's Admin v4 has them (BlockingCondition), and what each becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from contracts.publisher import DenyType
from publisher.api.schemas import RequestBody
from publisher.domain.deny_policy import DenyPolicy, checked_address, checked_range, checked_value
from publisher.errors import InvalidInput

_POINTER: Final = "/conditionValue"


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


def deny_policy_answer(policy: DenyPolicy) -> DenyPolicyAnswer:
    """The policy as it is read."""
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


def _read(model: type[_Value], given: JsonValue) -> _Value:
    """Only the type says what the value must be. Raises what FastAPI raises for the rest of a body."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(_placed(error.errors())) from error


def _placed(errors: Sequence[ErrorDetails]) -> list[dict[str, Any]]:
    return [dict(one, loc=("body", "conditionValue", *one["loc"])) for one in errors]
