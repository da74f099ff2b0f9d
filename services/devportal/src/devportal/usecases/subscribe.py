"""Subscribe applications to APIs, change the plan, unsubscribe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contracts.devportal import SubscriptionStatus
from contracts.publisher import Api, Block, PlanLevel
from devportal.domain.caller import Caller
from devportal.domain.catalogue import check_plan, check_state
from devportal.domain.subscription import Subscription
from devportal.errors import InvalidInput
from devportal.events.outgoing import subscription_fact
from devportal.usecases.opening import open_api_to_subscribe, open_application, read_subscription, unknown_api
from devportal.usecases.read_subscriptions import ShownSubscription, describe
from devportal.usecases.unit import Unit, Units


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What somebody wants. `pointer` is where it stands in the request's body, for errors."""

    application_id: str
    api_id: str
    plan: str
    pointer: str = ""


async def subscribe(
    units: Units, requests: Sequence[SubscriptionRequest], *, caller: Caller
) -> Sequence[ShownSubscription]:
    """All of them or none.

    Raises `UnknownApplication`, `UnknownApi`, `NotSubscribable`, `PlanNotOffered`, `PlanNotPermitted`,
    `SubscriptionExists`.
    """
    async with units.begin() as unit:
        made = [await _subscribe(unit, request, new_id=units.new_id(), caller=caller) for request in requests]
        return await describe(unit, made)


async def change_plan(
    units: Units, subscription_id: str, wanted: SubscriptionRequest, *, caller: Caller
) -> ShownSubscription:
    """Takes effect at once. Raises `NotFound`, `InvalidInput`, `PlanNotPermitted`."""
    async with units.begin() as unit:
        subscription = await _open(unit, subscription_id, caller=caller)
        _check_same(subscription, wanted)
        api = await unit.learnt.api(subscription.api_id)
        if api is None:
            raise unknown_api(subscription.api_id)
        if wanted.plan != subscription.plan:
            await _check_plan(unit, api, wanted.plan, caller=caller, pointer="/requestedThrottlingPolicy")
            await unit.subscriptions.change_plan(subscription_id, wanted.plan)
            subscription = replace(subscription, plan=wanted.plan, requested_plan=None)
            await unit.tell(subscription_fact(subscription))
        return (await describe(unit, [subscription]))[0]


async def unsubscribe(units: Units, subscription_id: str, *, caller: Caller) -> None:
    """Raises `UnknownSubscription`."""
    async with units.begin() as unit:
        subscription = await _open(unit, subscription_id, caller=caller)
        await unit.subscriptions.remove(subscription_id)
        await unit.tell_end(subscription_fact(subscription))


async def _subscribe(unit: Unit, request: SubscriptionRequest, *, new_id: str, caller: Caller) -> Subscription:
    await open_application(unit, request.application_id, caller=caller)
    api = await open_api_to_subscribe(unit, request.api_id, caller=caller)
    check_state(api)
    await _check_plan(unit, api, request.plan, caller=caller, pointer=f"{request.pointer}/throttlingPolicy")
    subscription = Subscription(
        new_id,
        request.application_id,
        request.api_id,
        request.plan,
        requested_plan=None,
        status=SubscriptionStatus.UNBLOCKED,
        block=Block.NONE,
        created_at=unit.now,
    )
    await unit.subscriptions.add(subscription)
    await unit.tell(subscription_fact(subscription))
    return subscription


async def _check_plan(unit: Unit, api: Api, name: str, *, caller: Caller, pointer: str) -> None:
    plan = await unit.learnt.plan(PlanLevel.SUBSCRIPTION, name) if name in api.plans else None
    check_plan(api, name, plan, caller=caller, pointer=pointer)


async def _open(unit: Unit, subscription_id: str, *, caller: Caller) -> Subscription:
    """Locked by its application, and read again: whoever held the lock may have ended it."""
    found = await read_subscription(unit, subscription_id, caller=caller)
    await open_application(unit, found.application_id, caller=caller)
    return await read_subscription(unit, subscription_id, caller=caller)


def _check_same(subscription: Subscription, wanted: SubscriptionRequest) -> None:
    if wanted.application_id != subscription.application_id:
        raise InvalidInput.at("/applicationId", f"must be {subscription.application_id}: only the policy may change")
    if wanted.api_id != subscription.api_id:
        raise InvalidInput.at("/apiId", f"must be {subscription.api_id}: only the policy may change")
