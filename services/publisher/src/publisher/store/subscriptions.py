"""What is known of subscriptions and their applications, and the publisher's own word on them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from sqlmodel.sql.expression import Select

from contracts.devportal import SubscriptionStatus
from contracts.publisher import Block
from publisher.domain.subscription import Subscriber, Subscription
from publisher.store.tables import ApplicationRow, SubscriptionControlRow, SubscriptionRow


class SubscriptionStore:
    """Read models of the devportal's facts, and blocks."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, subscription_id: str) -> Subscription | None:
        """One, if it has been heard of."""
        query = _subscriptions().where(col(SubscriptionRow.id) == subscription_id)
        found = (await self._session.execute(query)).one_or_none()
        return _to_subscription(*found) if found else None

    async def of_api(self, api_id: str, *, limit: int, offset: int) -> tuple[Sequence[Subscription], int]:
        """A part of the list, and how long the whole list is."""
        of_api = col(SubscriptionRow.api_id) == api_id
        total = await self._session.scalar(select(func.count()).select_from(SubscriptionRow).where(of_api))
        query = _subscriptions().where(of_api).order_by(col(SubscriptionRow.id)).limit(limit).offset(offset)
        rows = (await self._session.execute(query)).all()
        return [_to_subscription(*row) for row in rows], total or 0

    async def has_active(self, api_id: str) -> bool:
        """Whether somebody would lose something with the API."""
        query = select(SubscriptionRow.id).where(
            col(SubscriptionRow.api_id) == api_id, col(SubscriptionRow.status) != SubscriptionStatus.REJECTED
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def lock(self, subscription_id: str) -> None:
        """Whoever else blocks it, or learns that it has ended, waits until this transaction is over."""
        await self._session.get(SubscriptionRow, subscription_id, with_for_update=True)

    async def put_block(self, subscription_id: str, block: Block) -> None:
        """The publisher's word, from now on."""
        await self._session.merge(SubscriptionControlRow(subscription_id=subscription_id, block=block))
        await self._session.flush()

    async def remove_block(self, subscription_id: str) -> bool:
        """Whether there was anything to forget."""
        row = await self._session.get(SubscriptionControlRow, subscription_id)
        if row is None:
            return False
        await self._session.delete(row)
        await self._session.flush()
        return True

    async def put_subscription(self, row: SubscriptionRow) -> None:
        """As the devportal told."""
        await self._session.merge(row)
        await self._session.flush()

    async def remove_subscription(self, subscription_id: str) -> None:
        """It may never have been here."""
        row = await self._session.get(SubscriptionRow, subscription_id)
        if row is not None:
            await self._session.delete(row)
            await self._session.flush()

    async def put_application(self, row: ApplicationRow) -> None:
        """As the devportal told."""
        await self._session.merge(row)
        await self._session.flush()

    async def remove_application(self, application_id: str) -> None:
        """It may never have been here."""
        row = await self._session.get(ApplicationRow, application_id)
        if row is not None:
            await self._session.delete(row)
            await self._session.flush()


def _subscriptions() -> Select[SubscriptionRow, ApplicationRow, SubscriptionControlRow]:
    # The type does not say so, but the outer joins give None.
    return (
        select(SubscriptionRow, ApplicationRow, SubscriptionControlRow)
        .outerjoin(ApplicationRow, col(ApplicationRow.id) == col(SubscriptionRow.application_id))
        .outerjoin(SubscriptionControlRow, col(SubscriptionControlRow.subscription_id) == col(SubscriptionRow.id))
    )


def _to_subscription(
    row: SubscriptionRow, application: ApplicationRow | None, control: SubscriptionControlRow | None
) -> Subscription:
    subscriber = Subscriber(row.application_id)
    if application is not None:
        subscriber = Subscriber(application.id, application.name, application.owner, application.description)
    return Subscription(
        id=row.id,
        api_id=row.api_id,
        plan=row.plan,
        status=SubscriptionStatus(row.status),
        block=Block(control.block) if control else Block.NONE,
        subscriber=subscriber,
    )
