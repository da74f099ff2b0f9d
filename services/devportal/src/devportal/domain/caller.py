"""Who asks, and what that lets them see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who reads the catalogue. Roles are without WSO2's name space: `Internal/x` and `x` are the same."""

    name: str
    roles: frozenset[str] = field(default_factory=frozenset)


ANONYMOUS: Final = Caller("")


def plain_roles(roles: Iterable[str]) -> frozenset[str]:
    """Roles without WSO2's name space for built-in ones."""
    return frozenset(role.removeprefix("Internal/") for role in roles)
