"""WSO2's ThrottleLimit: how much in which time. An unlimited plan is its largest number."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from contracts.publisher import Quota, QuotaType
from publisher.api.schemas import RequestBody
from publisher.domain.plan import BYTES_IN, UNLIMITED, Plan
from publisher.errors import InvalidInput

# WSO2's documents say both `hour` and `hours`.
_TIME_UNITS: Final = {"hour": "hours", "day": "days", "month": "months"}

TimeUnit = Literal["sec", "min", "hour", "hours", "day", "days", "month", "months"]
Count = Annotated[int, Field(ge=1, le=2**53 - 1)]


class CamelBody(RequestBody):
    """A body whose fields have WSO2's names: camelCase."""

    # Made from JSON only, never with keyword arguments, which is what the plugin warns of.
    model_config = ConfigDict(alias_generator=to_camel)  # type: ignore[pydantic-alias]


class WindowBody(CamelBody):
    unit_time: int = Field(ge=1, le=10_000)
    time_unit: TimeUnit


class RequestCountBody(WindowBody):
    request_count: Count = Field(description=f"{UNLIMITED} is unlimited.")


class EventCountBody(WindowBody):
    event_count: Count = Field(description=f"{UNLIMITED} is unlimited.")


class BandwidthBody(WindowBody):
    data_amount: int = Field(ge=1, le=UNLIMITED)
    data_unit: Literal["KB", "MB", "GB"]


class LimitBody(CamelBody):
    """WSO2's ThrottleLimit: `type` says which of the others counts."""

    type: QuotaType = Field(strict=False)
    request_count: RequestCountBody | None = None
    event_count: EventCountBody | None = None
    bandwidth: BandwidthBody | None = None


def read_quota(limit: LimitBody) -> Quota | None:
    """None: unlimited. Raises `InvalidInput`."""
    given = {
        QuotaType.REQUEST_COUNT: limit.request_count,
        QuotaType.EVENT_COUNT: limit.event_count,
        QuotaType.BANDWIDTH: limit.bandwidth,
    }
    window = given.pop(limit.type)
    if window is None or any(given.values()):
        raise InvalidInput.at("/defaultLimit", f"must have exactly the limit of its type, {limit.type}")
    amount, data_unit = _amount(window)
    if amount == UNLIMITED:
        return None
    return Quota(
        type=limit.type,
        amount=amount,
        unit_time=window.unit_time,
        time_unit=_TIME_UNITS.get(window.time_unit, window.time_unit),
        data_unit=data_unit,
    )


def shown_limit(plan: Plan) -> dict[str, Any]:
    """The limit as it was given, for an answer."""
    quota = plan.shown_quota
    window = {"timeUnit": quota.time_unit, "unitTime": quota.unit_time}
    if quota.type is QuotaType.EVENT_COUNT:
        return {"type": quota.type, "eventCount": {**window, "eventCount": quota.amount}}
    if quota.type is QuotaType.REQUEST_COUNT:
        return {"type": quota.type, "requestCount": {**window, "requestCount": quota.amount}}
    unit = quota.data_unit or "KB"
    return {
        "type": quota.type,
        "bandwidth": {**window, "dataAmount": quota.amount // BYTES_IN[unit], "dataUnit": unit},
    }


def _amount(window: WindowBody) -> tuple[int, str | None]:
    if isinstance(window, BandwidthBody):
        return window.data_amount * BYTES_IN[window.data_unit], window.data_unit
    if isinstance(window, EventCountBody):
        return window.event_count, None
    assert isinstance(window, RequestCountBody)
    return window.request_count, None
