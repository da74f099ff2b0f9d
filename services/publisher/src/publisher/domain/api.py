"""An API, its revisions, and where they are deployed: the values that use cases, stores and facts pass each other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.publisher import ApiState
from publisher.domain.document import ApiDocument
from publisher.domain.identity import Identity
from publisher.errors import StaleVersion

MAX_REVISIONS: Final = 5
MAX_REVISION_DESCRIPTION: Final = 255


@dataclass(frozen=True, slots=True)
class Api:
    """One version of an API as it is now."""

    id: str
    identity: Identity
    version: str
    provider: str
    state: ApiState
    is_default: bool
    document: ApiDocument
    created_at: datetime
    updated_at: datetime
    updated_by: str

    @property
    def name(self) -> str:
        return self.identity.name

    @property
    def context(self) -> str:
        return self.identity.context

    @property
    def etag(self) -> str:
        """Changes whenever what people see of the API changes (RFC 9110, section 8.8.3)."""
        seen = f"{self.id} {self.updated_at.isoformat()} {self.state} {self.is_default}"
        return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'

    def check_unchanged(self, if_match: str | None) -> None:
        """Raises `StaleVersion` where an `If-Match` names none of the present (RFC 9110, section 13.1.1)."""
        wanted = {tag.strip() for tag in (if_match or "*").split(",")}
        if wanted.isdisjoint({"*", self.etag}):
            raise StaleVersion("The API has changed since it was read; read it again.")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A revision in one gateway environment."""

    api_id: str
    environment: str
    revision_id: str
    vhost: str
    is_shown_on_devportal: bool
    deployed_at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """A frozen copy of an API's definition. Numbers count up and are never used again."""

    id: str
    api_id: str
    number: int
    description: str
    document: ApiDocument
    created_at: datetime
    deployments: tuple[Deployment, ...] = ()

    @property
    def display_name(self) -> str:
        return f"Revision {self.number}"


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """A change of state that happened. The first has no state before it."""

    before: ApiState | None
    after: ApiState
    user: str
    happened_at: datetime
