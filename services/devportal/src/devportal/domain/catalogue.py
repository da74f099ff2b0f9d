"""Which APIs a developer sees and may subscribe to. An API is the publisher's fact of it, unchanged."""

from __future__ import annotations

from typing import Final

from contracts.publisher import Api, ApiState
from devportal.domain.caller import Caller, plain_roles
from devportal.errors import NotSubscribable, PlanNotOffered

LISTED_STATES: Final = frozenset({ApiState.PUBLISHED, ApiState.PROTOTYPED})
SHOWN_STATES: Final = LISTED_STATES | {ApiState.DEPRECATED}
SUBSCRIBABLE_STATES: Final = LISTED_STATES

RESTRICTED: Final = "RESTRICTED"


def is_open_to(api: Api, caller: Caller) -> bool:
    """Whether the API's visibility lets the caller know of it, in whatever state it is."""
    return api.visibility != RESTRICTED or not caller.roles.isdisjoint(plain_roles(api.visible_roles))


def is_shown_to(api: Api, caller: Caller) -> bool:
    """Whether the caller may look at the API by its id."""
    return api.state in SHOWN_STATES and is_open_to(api, caller)


def is_subscribable(api: Api) -> bool:
    """Whether anybody could subscribe now."""
    return api.state in SUBSCRIBABLE_STATES and bool(api.plans)


def check_may_subscribe(api: Api, *, plan: str, pointer: str = "/throttlingPolicy") -> None:
    """Raises `NotSubscribable` and `PlanNotOffered`, in that order."""
    if api.state not in SUBSCRIBABLE_STATES:
        name = f"'{api.name}' {api.api_version}"
        raise NotSubscribable(f"{name} is {api.state}; only what is published has new subscribers.")
    check_plan(api, plan=plan, pointer=pointer)


def check_plan(api: Api, *, plan: str, pointer: str) -> None:
    """Raises `PlanNotOffered`, also for a plan that does not exist at all."""
    if plan not in api.plans:
        offered = ", ".join(api.plans) or "none"
        raise PlanNotOffered.at(pointer, f"'{api.name}' {api.api_version} is sold with these policies only: {offered}")
