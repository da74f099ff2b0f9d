"""Who asks, and what that lets them see and change, beyond the scope that an operation asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.publisher import ApiState
from publisher.errors import ForbiddenInState

# What somebody who may publish but not create may change (WSO2's restricted fields).
PUBLISHER_FIELDS: Final = frozenset(
    {
        "tags", "policies", "organizationPolicies", "apiThrottlingPolicy", "visibility", "visibleRoles",
        "subscriptionAvailability", "additionalProperties", "additionalPropertiesMap", "businessInformation",
        "categories",
    }
)  # fmt: skip

_CLOSED_TO_CREATORS: Final = frozenset({ApiState.PUBLISHED, ApiState.DEPRECATED})


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or script, as its access token tells."""

    name: str
    scopes: frozenset[str]
    roles: frozenset[str]

    @property
    def may_create(self) -> bool:
        """May change the design of an API."""
        return not self.scopes.isdisjoint({"apim:api_create", "apim:api_manage"})

    @property
    def may_publish(self) -> bool:
        """May take an API through its life cycle."""
        return not self.scopes.isdisjoint({"apim:api_publish", "apim:api_manage"})

    @property
    def is_admin(self) -> bool:
        """Sees every API."""
        return "admin" in self.plain_roles

    @property
    def plain_roles(self) -> frozenset[str]:
        """`Internal/creator` and `creator` are the same role."""
        return plain_roles(self.roles)


def plain_roles(roles: Iterable[str]) -> frozenset[str]:
    """Roles without WSO2's name space for built-in ones."""
    return frozenset(role.removeprefix("Internal/") for role in roles)


def check_may_change(caller: Caller, state: ApiState) -> None:
    """Who may only create may not touch what is on sale. Raises `ForbiddenInState` (900380)."""
    if state in _CLOSED_TO_CREATORS and not caller.may_publish:
        raise ForbiddenInState(f"An API in state {state} may be changed only by who may publish (apim:api_publish).")
