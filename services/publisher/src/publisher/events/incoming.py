"""What the publisher learns: the devportal's applications and subscriptions, kept as read models.

Runs in the reader's transaction; the inbox has dropped what is older than what was applied.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import Fact, devportal
from contracts.publisher import Block
from outbox import FactHandler, Outbox
from publisher.events.outgoing import subscription_control_fact
from publisher.store.subscriptions import SubscriptionStore
from publisher.store.tables import ApplicationRow, SubscriptionRow


def fact_handlers(outbox: Outbox) -> dict[type[Fact], FactHandler]:
    """One for each topic that the publisher reads."""
    return {devportal.Application: ApplicationHandler(), devportal.Subscription: SubscriptionHandler(outbox)}


class ApplicationHandler:
    """Keeps who is behind a subscription."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, devportal.Application)
        row = ApplicationRow(id=fact.id, name=fact.name, owner=fact.owner, description=fact.description, plan=fact.plan)
        await SubscriptionStore(session).put_application(row)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        await SubscriptionStore(session).remove_application(key)


class SubscriptionHandler:
    """Keeps subscriptions; what the publisher said of one that ends is forgotten with it."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        """See `FactHandler.apply`."""
        assert isinstance(fact, devportal.Subscription)
        row = SubscriptionRow(
            id=fact.id, api_id=fact.api_id, application_id=fact.application_id, plan=fact.plan, status=fact.status
        )
        await SubscriptionStore(session).put_subscription(row)

    async def remove(self, session: AsyncSession, key: str) -> None:
        """See `FactHandler.remove`."""
        store = SubscriptionStore(session)
        await store.remove_subscription(key)
        if await store.remove_block(key):
            await self._outbox.delete(session, subscription_control_fact(key, Block.NONE))
