"""The roles that users may have, and how they are written.

WSO2 writes its built-in roles with the prefix `Internal/`; both spellings are the same role.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from keymanager.errors import InvalidInput
from telemetry.problem import FieldError

EVERYONE = "everyone"
"""Bound to a scope, it lets every user have it (WSO2 `Internal/everyone`)."""


class Role(StrEnum):
    """What a user may do, in broad strokes."""

    CREATOR = "creator"
    PUBLISHER = "publisher"
    SUBSCRIBER = "subscriber"
    ADMIN = "admin"


DESCRIPTIONS = {
    Role.CREATOR: "Designs APIs, their endpoints, documents and revisions.",
    Role.PUBLISHER: "Takes APIs through their life cycle and controls subscriptions.",
    Role.SUBSCRIBER: "Has applications, subscribes to APIs and generates keys.",
    Role.ADMIN: "Does everything, and administers users, plans and key managers.",
}


def plain_name(name: str) -> str:
    """`Internal/creator` is `creator`."""
    return name.removeprefix("Internal/")


def parse_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles of these names. Raises `InvalidInput` for one that there is not."""
    roles: set[Role] = set()
    for index, name in enumerate(names):
        try:
            roles.add(Role(plain_name(name)))
        except ValueError as error:
            detail = f"There is no role {name!r}: one of {', '.join(Role)}."
            raise InvalidInput(detail, errors=[FieldError(f"/roles/{index}/value", detail)]) from error
    return frozenset(roles)


def is_bound_to(bindings: Iterable[str], *, roles: Iterable[str]) -> bool:
    """Whether a scope with these role bindings may be had with these roles; no bindings: everybody may."""
    bound = {plain_name(name) for name in bindings}
    return not bound or EVERYONE in bound or not bound.isdisjoint(roles)
