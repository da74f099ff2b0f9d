"""Subscriptions to an API: who has one, and whether it is blocked."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from contracts.publisher import Block
from hosting.listing import Listing, PageQuery, listing
from hosting.problems import problems
from publisher.api.dependencies import BASE_PATH, SubscriptionBlocker, SubscriptionViewer, UnitsOfWork
from publisher.api.plan_representations import SubscriptionAnswer, subscription_answer
from publisher.usecases.control_subscription import list_subscriptions as list_all
from publisher.usecases.control_subscription import set_block

router = APIRouter(prefix=f"{BASE_PATH}/subscriptions", tags=["Subscriptions"])

SubscriptionId = Annotated[str, Query(alias="subscriptionId", description="The subscription's id.")]


@router.get("", operation_id="listSubscriptions", summary="List an API's subscriptions", responses=problems(404))
async def list_subscriptions(
    api_id: Annotated[str, Query(alias="apiId", description="The API's id.")],
    page: PageQuery,
    units: UnitsOfWork,
    caller: SubscriptionViewer,
) -> Listing[SubscriptionAnswer]:
    """With the applications that have them, and their state."""
    found, total = await list_all(units, api_id, caller=caller, limit=page.limit, offset=page.offset)
    answers = [subscription_answer(subscription) for subscription in found]
    return listing(answers, total=total, page=page, path="/subscriptions", apiId=api_id)


@router.post(
    "/block-subscription", operation_id="blockSubscription", summary="Block a subscription", responses=problems(404)
)
async def block_subscription(
    subscription_id: SubscriptionId,
    block_state: Annotated[
        Literal["BLOCKED", "PROD_ONLY_BLOCKED"],
        Query(alias="blockState", description="Everything, or only production keys."),
    ],
    units: UnitsOfWork,
    caller: SubscriptionBlocker,
) -> SubscriptionAnswer:
    """Gateways close its sessions and refuse new ones."""
    return subscription_answer(await set_block(units, subscription_id, block=Block(block_state), caller=caller))


@router.post(
    "/unblock-subscription",
    operation_id="unblockSubscription",
    summary="Unblock a subscription",
    responses=problems(404),
)
async def unblock_subscription(
    subscription_id: SubscriptionId, units: UnitsOfWork, caller: SubscriptionBlocker
) -> SubscriptionAnswer:
    """What the developer portal says of it counts again."""
    return subscription_answer(await set_block(units, subscription_id, block=Block.NONE, caller=caller))
