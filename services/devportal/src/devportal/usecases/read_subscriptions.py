"""Look at one's subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.publisher import Api
from devportal.domain.caller import Caller
from devportal.domain.subscription import Subscription
from devportal.usecases.keep_applications import CountedApplication
from devportal.usecases.opening import is_id, read_application, read_subscription
from devportal.usecases.unit import Units, View


@dataclass(frozen=True, slots=True)
class ShownSubscription:
    """A subscription with both its ends. The API may be unknown while its fact is on the way."""

    subscription: Subscription
    application: CountedApplication
    api: Api | None


async def show_subscription(units: Units, subscription_id: str, *, caller: Caller) -> ShownSubscription:
    """Raises `UnknownSubscription`."""
    async with units.reading() as view:
        found = await read_subscription(view, subscription_id, caller=caller)
        return (await describe(view, [found]))[0]


async def list_subscriptions(
    units: Units, *, caller: Caller, application_id: str | None, api_id: str | None, limit: int, offset: int
) -> tuple[Sequence[ShownSubscription], int]:
    """A part of the caller's own subscriptions, and how many there are. Raises `UnknownApplication`."""
    async with units.reading() as view:
        if application_id:
            await read_application(view, application_id, caller=caller)
        if api_id and not is_id(api_id):
            return [], 0
        found, total = await view.subscriptions.search(
            owner=caller.name, application_id=application_id, api_id=api_id, limit=limit, offset=offset
        )
        return await describe(view, found), total


async def describe(view: View, subscriptions: Sequence[Subscription]) -> Sequence[ShownSubscription]:
    """Each with both its ends."""
    application_ids = {subscription.application_id for subscription in subscriptions}
    applications = await view.applications.with_ids(application_ids)
    counts = await view.subscriptions.count_of(application_ids)
    apis = await view.learnt.apis({subscription.api_id for subscription in subscriptions})
    return [
        ShownSubscription(
            subscription,
            CountedApplication(applications[subscription.application_id], counts[subscription.application_id]),
            apis.get(subscription.api_id),
        )
        for subscription in subscriptions
    ]
