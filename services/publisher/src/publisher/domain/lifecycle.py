"""The life cycle of an API: states, actions, and what each action leads to.

Source: WSO2's APILifeCycle.json. Effects of a transition (deploying, undeploying) belong to the use case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.publisher import ApiState
from publisher.errors import InvalidInput, UnsupportedAction

DEPRECATE_OLD_VERSIONS: Final = "Deprecate old versions after publishing the API"
REQUIRE_RESUBSCRIPTION: Final = "Requires re-subscription when publishing the API"
CHECK_ITEMS: Final = (DEPRECATE_OLD_VERSIONS, REQUIRE_RESUBSCRIPTION)


class Action(StrEnum):
    """What people may do with an API's state, in WSO2's words."""

    PUBLISH = "Publish"
    DEPLOY_AS_PROTOTYPE = "Deploy as a Prototype"
    DEMOTE_TO_CREATED = "Demote to Created"
    BLOCK = "Block"
    RE_PUBLISH = "Re-Publish"
    DEPRECATE = "Deprecate"
    RETIRE = "Retire"


@dataclass(frozen=True, slots=True)
class Transition:
    """An action and the state it leads to."""

    action: Action
    target: ApiState


_TRANSITIONS: Final[Mapping[ApiState, tuple[Transition, ...]]] = {
    ApiState.CREATED: (
        Transition(Action.PUBLISH, ApiState.PUBLISHED),
        Transition(Action.DEPLOY_AS_PROTOTYPE, ApiState.PROTOTYPED),
    ),
    ApiState.PROTOTYPED: (
        Transition(Action.PUBLISH, ApiState.PUBLISHED),
        Transition(Action.DEMOTE_TO_CREATED, ApiState.CREATED),
        Transition(Action.DEPLOY_AS_PROTOTYPE, ApiState.PROTOTYPED),
    ),
    ApiState.PUBLISHED: (
        Transition(Action.BLOCK, ApiState.BLOCKED),
        Transition(Action.DEPLOY_AS_PROTOTYPE, ApiState.PROTOTYPED),
        Transition(Action.DEMOTE_TO_CREATED, ApiState.CREATED),
        Transition(Action.DEPRECATE, ApiState.DEPRECATED),
        Transition(Action.PUBLISH, ApiState.PUBLISHED),
    ),
    ApiState.BLOCKED: (
        Transition(Action.DEPRECATE, ApiState.DEPRECATED),
        Transition(Action.RE_PUBLISH, ApiState.PUBLISHED),
    ),
    ApiState.DEPRECATED: (Transition(Action.RETIRE, ApiState.RETIRED),),
    ApiState.RETIRED: (),
}

_STATES_WITH_CHECK_ITEMS: Final = frozenset({ApiState.CREATED, ApiState.PROTOTYPED})


def next_state(state: ApiState, action: str) -> ApiState:
    """Where the action leads. Raises `UnsupportedAction`, naming the actions that are allowed."""
    for transition in _TRANSITIONS[state]:
        if transition.action == action:
            return transition.target
    allowed = ", ".join(f"'{transition.action}'" for transition in _TRANSITIONS[state]) or "none"
    raise UnsupportedAction(f"The action '{action}' is not allowed in state {state}. Allowed actions are {allowed}.")


def available_transitions(state: ApiState) -> tuple[Transition, ...]:
    """What may be done, less what changes nothing."""
    return tuple(transition for transition in _TRANSITIONS[state] if transition.target is not state)


def check_items(state: ApiState) -> tuple[str, ...]:
    """What may be ticked at the next step."""
    return CHECK_ITEMS if state in _STATES_WITH_CHECK_ITEMS else ()


def ticked_items(checklist: str | None) -> frozenset[str]:
    """The items that a `lifecycleChecklist` (`Item name:true,Item2:false`) ticks. Raises `InvalidInput`."""
    ticked: set[str] = set()
    for entry in filter(None, (part.strip() for part in (checklist or "").split(","))):
        name, _, value = entry.rpartition(":")
        if name.strip() not in CHECK_ITEMS or value.strip().lower() not in {"true", "false"}:
            known = ", ".join(f"'{item}:true'" for item in CHECK_ITEMS)
            raise InvalidInput.at("query/lifecycleChecklist", f"items are {known}, separated by commas")
        if value.strip().lower() == "true":
            ticked.add(name.strip())
    return frozenset(ticked)


def undeploys(target: ApiState, *, came_from: ApiState) -> bool:
    """Whether the API leaves the gateways with this transition."""
    return target is ApiState.RETIRED or (target is ApiState.CREATED and came_from is not ApiState.CREATED)
