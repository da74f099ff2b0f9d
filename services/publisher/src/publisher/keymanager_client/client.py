"""What the publisher asks of the key manager."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ApiTestKey:
    """A token for one API, shown once."""

    token: str = field(repr=False)
    validity_seconds: int


class KeyManagerClient(Protocol):
    """The key manager's internal operation on test keys."""

    async def issue_test_key(self, *, api_id: str, user: str) -> ApiTestKey:
        """A further key each time. Raises `KeyManagerAway` when no usable answer comes."""
        ...
