"""Which APIs and plans a developer sees and may subscribe to. Both are the publisher's facts, unchanged."""

from __future__ import annotations

from typing import Final

from contracts.publisher import Api, ApiState, Plan
from devportal.domain.caller import Caller, plain_roles
from devportal.errors import NotSubscribable, PlanNotOffered, PlanNotPermitted

LISTED_STATES: Final = frozenset({ApiState.PUBLISHED, ApiState.PROTOTYPED})
SHOWN_STATES: Final = LISTED_STATES | {ApiState.DEPRECATED}
SUBSCRIBABLE_STATES: Final = LISTED_STATES

RESTRICTED: Final = "RESTRICTED"
EVERYONE: Final = "everyone"


def is_open_to(api: Api, caller: Caller) -> bool:
    """Whether the API's visibility lets the caller know of it, in whatever state it is."""
    return api.visibility != RESTRICTED or not caller.roles.isdisjoint(plain_roles(api.visible_roles))


def is_shown_to(api: Api, caller: Caller) -> bool:
    """Whether the caller may look at the API by its id."""
    return api.state in SHOWN_STATES and is_open_to(api, caller)


def is_subscribable(api: Api) -> bool:
    """Whether anybody could subscribe now."""
    return api.state in SUBSCRIBABLE_STATES and bool(api.plans)


def is_permitted(plan: Plan, caller: Caller) -> bool:
    """Whether the plan's permissions let the caller choose it. Everybody has the role `everyone`."""
    roles = caller.roles | {EVERYONE}
    if not roles.isdisjoint(plain_roles(plan.denied_roles)):
        return False
    return plan.permitted_roles is None or not roles.isdisjoint(plain_roles(plan.permitted_roles))


def check_state(api: Api) -> None:
    """Raises `NotSubscribable`."""
    if api.state not in SUBSCRIBABLE_STATES:
        name = f"'{api.name}' {api.api_version}"
        raise NotSubscribable(f"{name} is {api.state}; only what is published has new subscribers.")


def check_plan(api: Api, name: str, plan: Plan | None, *, caller: Caller, pointer: str) -> None:
    """`plan` is what is known of the one named. Raises `PlanNotOffered`, also for one that is not (or no longer)
    there, and `PlanNotPermitted`.
    """
    if name not in api.plans or plan is None:
        offered = ", ".join(api.plans) or "none"
        raise PlanNotOffered.at(pointer, f"'{api.name}' {api.api_version} is sold with these policies only: {offered}")
    if not is_permitted(plan, caller):
        raise PlanNotPermitted(f"Your roles do not permit you to choose the policy '{name}'.")
