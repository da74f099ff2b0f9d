"""Subscriptions in the database, each with the publisher's block of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from contracts.devportal import SubscriptionStatus
from contracts.publisher import Block
from devportal.domain.subscription import Subscription
from devportal.errors import SubscriptionExists
from devportal.store.tables import ApplicationRow, SubscriptionControlRow, SubscriptionRow


class SubscriptionStore:
    """What is asked for by owner is never another's."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, subscription_id: str, *, owner: str) -> Subscription | None:
        """A subscription of one of the owner's applications."""
        found = await self._all(and_(col(SubscriptionRow.id) == subscription_id, _owned_by(owner)))
        return found[0] if found else None

    async def search(
        self, *, owner: str, application_id: str | None, api_id: str | None, limit: int, offset: int
    ) -> tuple[Sequence[Subscription], int]:
        """A part of the owner's subscriptions, and how many there are."""
        wanted = [_owned_by(owner)]
        wanted += [col(SubscriptionRow.application_id) == application_id] if application_id else []
        wanted += [col(SubscriptionRow.api_id) == api_id] if api_id else []
        condition = and_(*wanted)
        total = await self._session.scalar(select(func.count()).select_from(SubscriptionRow).where(condition))
        return await self._all(condition, limit=limit, offset=offset), total or 0

    async def of_application(self, application_id: str) -> Sequence[Subscription]:
        """All of them."""
        return await self._all(col(SubscriptionRow.application_id) == application_id)

    async def of_api(self, api_id: str) -> Sequence[Subscription]:
        """All of them, whoever owns them."""
        return await self._all(col(SubscriptionRow.api_id) == api_id)

    async def count_of(self, application_ids: Collection[str]) -> dict[str, int]:
        """How many subscriptions each of the applications has that has any."""
        application_id = col(SubscriptionRow.application_id)
        query = select(application_id, func.count()).where(application_id.in_(application_ids)).group_by(application_id)
        return {found: count for found, count in (await self._session.execute(query)).all()}  # noqa: C416  # rows are no pairs

    async def add(self, subscription: Subscription) -> None:
        """Raises `SubscriptionExists`; the transaction is then of no more use."""
        self._session.add(
            SubscriptionRow(
                id=subscription.id,
                application_id=subscription.application_id,
                api_id=subscription.api_id,
                plan=subscription.plan,
                requested_plan=subscription.requested_plan,
                status=subscription.status,
                created_at=subscription.created_at,
            )
        )
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise SubscriptionExists("The application is subscribed to this API already.") from error

    async def change_plan(self, subscription_id: str, plan: str) -> None:
        """Of a subscription that was found in this transaction."""
        row = await self._session.get(SubscriptionRow, subscription_id)
        if row is not None:
            row.plan, row.requested_plan = plan, None
            await self._session.flush()

    async def remove(self, subscription_id: str) -> None:
        """It may be gone already."""
        row = await self._session.get(SubscriptionRow, subscription_id)
        if row is not None:
            await self._session.delete(row)
            await self._session.flush()

    async def _all(
        self, condition: ColumnElement[bool], *, limit: int | None = None, offset: int = 0
    ) -> list[Subscription]:
        query = _subscriptions().where(condition).order_by(col(SubscriptionRow.created_at), col(SubscriptionRow.id))
        rows = (await self._session.execute(query.limit(limit).offset(offset))).all()
        return [_to_subscription(row, control) for row, control in rows]


def _subscriptions() -> Select[SubscriptionRow, SubscriptionControlRow]:
    return select(SubscriptionRow, SubscriptionControlRow).outerjoin(
        SubscriptionControlRow, col(SubscriptionControlRow.subscription_id) == col(SubscriptionRow.id)
    )


def _owned_by(owner: str) -> ColumnElement[bool]:
    owned = select(col(ApplicationRow.id)).where(col(ApplicationRow.owner) == owner)
    return col(SubscriptionRow.application_id).in_(owned)


def _to_subscription(row: SubscriptionRow, control: SubscriptionControlRow | None) -> Subscription:
    return Subscription(
        id=row.id,
        application_id=row.application_id,
        api_id=row.api_id,
        plan=row.plan,
        requested_plan=row.requested_plan,
        status=SubscriptionStatus(row.status),
        block=Block(control.block) if control else Block.NONE,
        created_at=row.created_at,
    )
