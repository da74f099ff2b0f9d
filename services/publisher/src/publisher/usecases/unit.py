"""A unit of work: one transaction with everything a use case needs to change something and to tell of it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import Fact
from contracts.envelope import FactTooLarge
from outbox import Database, Outbox
from publisher.errors import TooLarge
from publisher.store.apis import ApiStore
from publisher.store.deny_policies import DenyPolicyStore
from publisher.store.environments import EnvironmentStore
from publisher.store.plans import PlanStore
from publisher.store.revisions import RevisionStore
from publisher.store.session_bans import SessionBanStore
from publisher.store.subscriptions import SubscriptionStore


@dataclass(frozen=True, slots=True)
class View:
    """A consistent look at the database."""

    session: AsyncSession

    @property
    def apis(self) -> ApiStore:
        return ApiStore(self.session)

    @property
    def revisions(self) -> RevisionStore:
        return RevisionStore(self.session)

    @property
    def plans(self) -> PlanStore:
        return PlanStore(self.session)

    @property
    def deny_policies(self) -> DenyPolicyStore:
        return DenyPolicyStore(self.session)

    @property
    def environments(self) -> EnvironmentStore:
        return EnvironmentStore(self.session)

    @property
    def subscriptions(self) -> SubscriptionStore:
        return SubscriptionStore(self.session)

    @property
    def session_bans(self) -> SessionBanStore:
        return SessionBanStore(self.session)


@dataclass(frozen=True, slots=True)
class Unit(View):
    """Changes and the facts that tell of them: both or neither."""

    outbox: Outbox
    now: datetime

    async def tell(self, fact: Fact) -> None:
        """Once the unit commits. Raises `TooLarge`."""
        try:
            await self.outbox.put(self.session, fact)
        except FactTooLarge as error:
            raise TooLarge("The definition of the API is too large to be told to gateways.") from error

    async def tell_end(self, fact: Fact) -> None:
        """That the thing is gone."""
        await self.outbox.delete(self.session, fact)


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _random_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Units:
    """Opens units of work; the clock and the ids are here so that tests may choose them."""

    database: Database
    outbox: Outbox
    clock: Callable[[], datetime] = field(default=_utc_now)
    new_id: Callable[[], str] = field(default=_random_id)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """Commits at the end of the block, or nothing of it happens."""
        async with self.database.transaction() as session:
            yield Unit(session, self.outbox, self.clock())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[View]:
        """Writes nothing."""
        async with self.database.reading() as session:
            yield View(session)
