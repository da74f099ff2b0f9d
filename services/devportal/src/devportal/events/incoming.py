"""What the devportal learns from the publisher, kept as read models.

Runs in the reader's transaction; the inbox has dropped what is older than what was applied. An API that ends takes its
subscriptions with it, so that nothing refers to what is gone.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import Fact
from contracts.publisher import (
    Api,
    ApiState,
    DefaultVersion,
    Deployment,
    Environment,
    Plan,
    SubscriptionControl,
)
from devportal.events.outgoing import subscription_fact
from devportal.store.learnt import LearntStore
from devportal.store.subscriptions import SubscriptionStore
from devportal.store.tables import InboxRow
from outbox import FactHandler, Outbox


def fact_handlers(outbox: Outbox) -> dict[type[Fact], FactHandler]:
    """One for each topic that the devportal reads."""
    return {
        Api: ApiHandler(outbox),
        Deployment: DeploymentHandler(),
        Environment: EnvironmentHandler(),
        DefaultVersion: DefaultVersionHandler(),
        Plan: PlanHandler(),
        SubscriptionControl: SubscriptionControlHandler(),
    }


class ApiHandler:
    """Keeps the catalogue."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, Api)
        learnt = LearntStore(session)
        # Locked first: whoever is subscribing at this moment is waited for, and found below.
        await learnt.lock_api(fact.id, to_change=True)
        await learnt.put_api(fact)
        if fact.state is ApiState.RETIRED:
            await self._end_subscriptions(session, fact.id)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        learnt = LearntStore(session)
        await learnt.lock_api(key, to_change=True)
        is_told = await _is_told(session, key)
        await learnt.remove_api(key)
        if is_told:
            await self._end_subscriptions(session, key)

    async def _end_subscriptions(self, session: AsyncSession, api_id: str) -> None:
        store = SubscriptionStore(session)
        for subscription in await store.of_api(api_id):
            await store.remove(subscription.id)
            await self._outbox.delete(session, subscription_fact(subscription))


async def _is_told(session: AsyncSession, api_id: str) -> bool:
    """Whether a deletion was read, which has a version of its own, and not only that a new log lacks the API.

    A lost log is told again by the publisher, and its subscribers must still be there then: they are our own rows,
    which no other log brings back.
    """
    held = await LearntStore(session).fact_version(api_id)
    inbox = await session.get(InboxRow, (Api.topic.name, api_id))
    return held is None or inbox is None or inbox.version > held


class DeploymentHandler:
    """Keeps where APIs are deployed."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, Deployment)
        await LearntStore(session).put_deployment(fact)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        api_id, _, environment = key.partition(":")
        await LearntStore(session).remove_deployment(api_id=api_id, environment=environment)


class EnvironmentHandler:
    """Keeps gateway environments."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, Environment)
        await LearntStore(session).put_environment(fact)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        await LearntStore(session).remove_environment(key)


class DefaultVersionHandler:
    """Keeps which versions answer without a version."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, DefaultVersion)
        await LearntStore(session).put_default_version(context=fact.context, api_id=fact.api_id)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        await LearntStore(session).remove_default_version(key)


class PlanHandler:
    """Keeps throttling policies."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, Plan)
        await LearntStore(session).put_plan(fact)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        level, _, name = key.partition(":")
        await LearntStore(session).remove_plan(level, name)


class SubscriptionControlHandler:
    """Keeps what the publisher says of subscriptions."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, SubscriptionControl)
        await LearntStore(session).put_control(fact)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        await LearntStore(session).remove_control(key)
