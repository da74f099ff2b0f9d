"""Look at who is subscribed; block and unblock. A block holds at once, also with the devportal down."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.publisher import Block
from publisher.domain.caller import Caller
from publisher.domain.subscription import Subscription
from publisher.errors import UnknownApi, UnknownSubscription
from publisher.events.outgoing import subscription_control_fact
from publisher.usecases.opening import is_id, read_api
from publisher.usecases.unit import Units, View


async def list_subscriptions(
    units: Units, api_id: str, *, caller: Caller, limit: int, offset: int
) -> tuple[Sequence[Subscription], int]:
    """A part of the list, and how long the whole list is. Raises `NotFound`."""
    async with units.reading() as view:
        await read_api(view, api_id, caller=caller)
        return await view.subscriptions.of_api(api_id, limit=limit, offset=offset)


async def set_block(units: Units, subscription_id: str, *, block: Block, caller: Caller) -> Subscription:
    """The subscription as it is then. Raises `UnknownSubscription`, also where the caller must not see its API."""
    async with units.begin() as unit:
        if is_id(subscription_id):
            await unit.subscriptions.lock(subscription_id)
        subscription = await _find(unit, subscription_id, caller=caller)
        if subscription.block is not block:
            await unit.subscriptions.put_block(subscription_id, block)
            await unit.tell(subscription_control_fact(subscription_id, block))
        return await _find(unit, subscription_id, caller=caller)


async def _find(view: View, subscription_id: str, *, caller: Caller) -> Subscription:
    found = await view.subscriptions.find(subscription_id) if is_id(subscription_id) else None
    try:
        if found is not None:
            await read_api(view, found.api_id, caller=caller)
            return found
    except UnknownApi:
        pass
    raise UnknownSubscription(f"There is no subscription with the id '{subscription_id[:100]}'.")
