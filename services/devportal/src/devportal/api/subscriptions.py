"""Subscriptions of one's applications to APIs."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Response

from devportal.api.dependencies import BASE_PATH, Subscriber, SubscriptionId, UnitsOfWork
from devportal.api.subscription_bodies import SubscriptionAnswer, SubscriptionBody, subscription_answer
from devportal.errors import InvalidInput
from devportal.usecases import read_subscriptions, subscribe
from hosting.listing import Listing, PageQuery, listing
from hosting.problems import problems
from telemetry.problem import FieldError

router = APIRouter(prefix=f"{BASE_PATH}/subscriptions", tags=["Subscriptions"])

_EXAMPLE: Final[dict[str, Any]] = {
    "applicationId": "b3ade481-30b0-4b38-9a67-498a40873a6d",
    "apiId": "2962f3bb-8330-438e-baee-0ee1d6434ba4",
    "throttlingPolicy": "Gold",
}
SubscriptionContent = Annotated[
    SubscriptionBody, Body(openapi_examples={"gold": {"summary": "With the plan Gold", "value": _EXAMPLE}})
]
ManySubscriptions = Annotated[
    list[SubscriptionBody],
    Body(min_length=1, max_length=100, openapi_examples={"one": {"summary": "A list", "value": [_EXAMPLE]}}),
]


@router.get("", operation_id="listSubscriptions", summary="List one's subscriptions", responses=problems(404))
async def list_subscriptions(
    page: PageQuery,
    units: UnitsOfWork,
    caller: Subscriber,
    api_id: Annotated[str | None, Query(alias="apiId", description="Only those to this API.")] = None,
    application_id: Annotated[
        str | None, Query(alias="applicationId", description="Only those of this application.")
    ] = None,
) -> Listing[SubscriptionAnswer]:
    """Of an application or to an API; one of the two must be given."""
    if not api_id and not application_id:
        detail = "apiId or applicationId must be given"
        pointers = ("query/apiId", "query/applicationId")
        raise InvalidInput(detail, errors=[FieldError(pointer, detail) for pointer in pointers])
    found, total = await read_subscriptions.list_subscriptions(
        units, caller=caller, application_id=application_id, api_id=api_id, limit=page.limit, offset=page.offset
    )
    answers = [subscription_answer(one) for one in found]
    return listing(
        answers,
        total=total,
        page=page,
        path="/subscriptions",
        apiId=api_id,
        applicationId=application_id,
    )


@router.post(
    "",
    status_code=201,
    operation_id="subscribe",
    summary="Subscribe an application to an API",
    responses=problems(404, 409, 413),
)
async def add_subscription(
    body: SubscriptionContent, response: Response, units: UnitsOfWork, caller: Subscriber
) -> SubscriptionAnswer:
    """With one of the API's business plans; the API must be published. Once for each application and API."""
    made = (await subscribe.subscribe(units, [body.request()], caller=caller))[0]
    response.headers["Location"] = f"{BASE_PATH}/subscriptions/{made.subscription.id}"
    return subscription_answer(made)


@router.post(
    "/multiple",
    operation_id="subscribeMany",
    summary="Subscribe to several APIs",
    responses=problems(404, 409, 413),
)
async def add_subscriptions(
    bodies: ManySubscriptions, units: UnitsOfWork, caller: Subscriber
) -> list[SubscriptionAnswer]:
    """All of them or, when one is refused, none."""
    requests = [body.request(pointer=f"/{number}") for number, body in enumerate(bodies)]
    return [subscription_answer(made) for made in await subscribe.subscribe(units, requests, caller=caller)]


@router.get("/{subscriptionId}", operation_id="getSubscription", summary="Read a subscription", responses=problems(404))
async def get_subscription(
    subscription_id: SubscriptionId, units: UnitsOfWork, caller: Subscriber
) -> SubscriptionAnswer:
    """With its application and API, also while it is blocked."""
    return subscription_answer(await read_subscriptions.show_subscription(units, subscription_id, caller=caller))


@router.put(
    "/{subscriptionId}",
    operation_id="changeSubscription",
    summary="Change the plan of a subscription",
    responses=problems(404, 413),
)
async def change_subscription(
    subscription_id: SubscriptionId, body: SubscriptionContent, units: UnitsOfWork, caller: Subscriber
) -> SubscriptionAnswer:
    """To `requestedThrottlingPolicy`, or `throttlingPolicy` where that is absent; at once."""
    changed = await subscribe.change_plan(units, subscription_id, body.change(), caller=caller)
    return subscription_answer(changed)


@router.delete("/{subscriptionId}", operation_id="unsubscribe", summary="Unsubscribe", responses=problems(404))
async def remove_subscription(subscription_id: SubscriptionId, units: UnitsOfWork, caller: Subscriber) -> None:
    """Gateways close its sessions."""
    await subscribe.unsubscribe(units, subscription_id, caller=caller)
