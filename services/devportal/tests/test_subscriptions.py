"""Subscriptions: what may be subscribed to, what is shown and told of it, and what ends it."""

from __future__ import annotations

import pytest

from contracts.devportal import Subscription, SubscriptionStatus
from contracts.publisher import ApiState, Block, SubscriptionControl

from .world import World, api_fact


async def test_subscription_is_told_and_shown_with_both_its_ends(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold", "status": "BLOCKED"}

    response = await world.call("POST", "/subscriptions", json=body)

    made = response.json()
    fact = (await world.told(Subscription))[made["subscriptionId"]]
    assert response.status_code == 201
    assert response.headers["Location"].endswith(f"/subscriptions/{made['subscriptionId']}")
    assert await world.ok("GET", f"/subscriptions/{made['subscriptionId']}") == made
    assert (made["status"], made["throttlingPolicy"], made["requestedThrottlingPolicy"]) == (
        "UNBLOCKED",
        "Gold",
        "Gold",
    )
    assert (made["apiInfo"]["name"], made["applicationInfo"]["name"]) == ("EchoWebSocket", "ChatApp")
    assert made["applicationInfo"]["subscriptionCount"] == 1
    assert (fact.api_id, fact.application_id, fact.plan) == (api_id, application_id, "Gold")
    assert fact.status is SubscriptionStatus.UNBLOCKED


async def test_second_subscription_is_a_conflict(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    await world.subscribe(application_id, api_id)

    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Silver"}
    response = await world.call("POST", "/subscriptions", json=body)

    assert (response.status_code, response.json()["code"]) == (409, 900336)
    assert len(await world.told(Subscription)) == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (ApiState.CREATED, 403),
        (ApiState.PROTOTYPED, 201),
        (ApiState.PUBLISHED, 201),
        (ApiState.BLOCKED, 403),
        (ApiState.DEPRECATED, 403),
        (ApiState.RETIRED, 403),
    ],
)
async def test_state_decides_whether_one_may_subscribe(world: World, state: ApiState, status: int) -> None:
    api_id, application_id = await world.publish(state=state), await world.application()

    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}
    response = await world.call("POST", "/subscriptions", json=body)

    assert response.status_code == status, response.text


@pytest.mark.parametrize("plan", ["Bronze", "Platinum", "", "10PerMin"])
async def test_plan_that_is_not_the_apis_is_refused(world: World, plan: str) -> None:
    api_id, application_id = await world.publish(), await world.application()

    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": plan}
    response = await world.call("POST", "/subscriptions", json=body)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/throttlingPolicy"


async def test_unknown_ends_are_not_found(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    hidden = await world.publish(name="Hidden", context="/h", visibility="RESTRICTED", visible_roles=("partner",))
    others = await world.application(token="tom")
    unknown = api_fact().id

    ends = [(unknown, api_id), (others, api_id), ("x", api_id), (application_id, unknown), (application_id, hidden)]
    for application, api in ends:
        body = {"applicationId": application, "apiId": api, "throttlingPolicy": "Gold"}
        assert (await world.call("POST", "/subscriptions", json=body)).status_code == 404

    assert await world.told(Subscription) == {}


async def test_restricted_api_is_subscribed_to_with_the_role(world: World) -> None:
    api_id = await world.publish(visibility="RESTRICTED", visible_roles=("partner",))
    application_id = await world.application()

    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}
    response = await world.call("POST", "/subscriptions", token="sue+partner", json=body)

    assert response.status_code == 201


async def test_several_are_made_or_none(world: World) -> None:
    one, two = await world.publish(), await world.publish(name="Two", context="/two", plans=("Silver",))
    application_id = await world.application()
    bodies = [{"applicationId": application_id, "apiId": api, "throttlingPolicy": "Silver"} for api in (one, two)]
    wrong = [bodies[0], {**bodies[1], "throttlingPolicy": "Gold"}]

    refused = await world.call("POST", "/subscriptions/multiple", json=wrong)
    none_made = await world.told(Subscription)
    made = await world.ok("POST", "/subscriptions/multiple", json=bodies)

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/1/throttlingPolicy"
    assert none_made == {}
    assert [subscription["apiId"] for subscription in made] == [one, two]


async def test_lists_hold_ones_own_of_the_api_or_application(world: World) -> None:
    one, two = await world.publish(), await world.publish(name="Two", context="/two")
    first, second = await world.application("A"), await world.application("B")
    for application, api in ((first, one), (first, two), (second, one)):
        await world.subscribe(application, api)

    async def count(token: str = "sue", **params: str) -> int:
        found: int = (await world.ok("GET", "/subscriptions", token=token, params=params))["pagination"]["total"]
        return found

    assert await count(apiId=one) == 2
    assert await count(applicationId=first) == 2
    assert await count(applicationId=first, apiId=one) == 1
    assert await count(apiId=api_fact().id) == await count(apiId="x") == 0
    assert await count("tom", apiId=one) == 0


async def test_list_needs_an_end_that_one_may_know_of(world: World) -> None:
    application_id = await world.application()

    neither = await world.call("GET", "/subscriptions")
    foreign = await world.call("GET", "/subscriptions", token="tom", params={"applicationId": application_id})

    assert (neither.status_code, foreign.status_code) == (400, 404)


async def test_plan_is_changed_at_once(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    subscription_id = await world.subscribe(application_id, api_id)
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}

    wanted = {**body, "requestedThrottlingPolicy": "Silver"}
    changed = await world.ok("PUT", f"/subscriptions/{subscription_id}", json=wanted)
    foreign_plan = await world.call("PUT", f"/subscriptions/{subscription_id}", json={**body, "throttlingPolicy": "X"})
    other_api = await world.call("PUT", f"/subscriptions/{subscription_id}", json={**body, "apiId": api_fact().id})

    assert changed["throttlingPolicy"] == "Silver"
    assert (await world.told(Subscription))[subscription_id].plan == "Silver"
    assert (foreign_plan.status_code, other_api.status_code) == (400, 400)


async def test_subscription_of_another_is_unknown(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    path = f"/subscriptions/{await world.subscribe(application_id, api_id)}"
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Silver"}

    responses = [await world.call(method, path, token="tom") for method in ("GET", "DELETE")]
    responses.append(await world.call("PUT", path, token="tom", json=body))

    assert {response.status_code for response in responses} == {404}
    assert len(await world.told(Subscription)) == 1


async def test_unsubscribed_may_subscribe_again(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    subscription_id = await world.subscribe(application_id, api_id)

    response = await world.call("DELETE", f"/subscriptions/{subscription_id}")
    gone = await world.call("GET", f"/subscriptions/{subscription_id}")
    told = await world.told(Subscription)

    assert (response.status_code, gone.status_code, told) == (200, 404, {})
    assert await world.subscribe(application_id, api_id) != subscription_id


async def test_block_of_the_publisher_is_shown(world: World) -> None:
    subscription_id = await world.subscribe(await world.application(), await world.publish())

    for block, status in (
        (Block.BLOCKED, "BLOCKED"),
        (Block.PROD_ONLY_BLOCKED, "PROD_ONLY_BLOCKED"),
        (Block.NONE, "UNBLOCKED"),
    ):
        await world.learn(SubscriptionControl(subscription_id=subscription_id, block=block))
        assert (await world.ok("GET", f"/subscriptions/{subscription_id}"))["status"] == status


@pytest.mark.parametrize("state", [ApiState.BLOCKED, ApiState.DEPRECATED, ApiState.CREATED])
async def test_subscription_stays_while_its_api_is_not_on_sale(world: World, state: ApiState) -> None:
    api_id = await world.publish()
    subscription_id = await world.subscribe(await world.application(), api_id)

    await world.learn(api_fact(id=api_id, state=state, version=2))

    assert (await world.ok("GET", f"/subscriptions/{subscription_id}"))["apiInfo"]["lifeCycleStatus"] == state


@pytest.mark.parametrize("ending", [{"state": ApiState.RETIRED}, {"deleted": True}])
async def test_api_that_ends_takes_its_subscriptions_with_it(world: World, ending: dict[str, object]) -> None:
    api_id, other = await world.publish(), await world.publish(name="Two", context="/two")
    application_id = await world.application()
    ended, kept = await world.subscribe(application_id, api_id), await world.subscribe(application_id, other)

    await world.learn(api_fact(id=api_id, version=2, **ending))

    assert set(await world.told(Subscription)) == {kept}
    assert (await world.call("GET", f"/subscriptions/{ended}")).status_code == 404
