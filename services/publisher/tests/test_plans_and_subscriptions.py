"""Plans and environments of the first start; subscriptions learnt from the devportal and blocked here."""

from __future__ import annotations

import uuid

import pytest

from contracts import publisher as facts
from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.publisher import Block, Vhost
from publisher.usecases.first_start import add_first_rows

from .world import VHOST, World

SUBSCRIPTION_ID = str(uuid.uuid4())


async def _subscribe(world: World, *, status: SubscriptionStatus = SubscriptionStatus.UNBLOCKED) -> str:
    api_id = await world.create()
    await world.act(api_id, "Publish")
    await world.learn(Application(id="app-1", name="My app", owner="sue", plan="Unlimited"))
    await world.learn(
        Subscription(id=SUBSCRIPTION_ID, api_id=api_id, application_id="app-1", plan="Gold", status=status)
    )
    return api_id


async def test_first_start_tells_plans_and_environment_once(world: World) -> None:
    told = await world.told(facts.Plan)
    before = await world.row_counts()

    await add_first_rows(world.publisher.units, default_vhost=VHOST)

    assert await world.row_counts() == before
    gold, unlimited = told["subscription:Gold"], told["application:Unlimited"]
    assert gold.quota == facts.Quota(type=facts.QuotaType.REQUEST_COUNT, amount=5000, unit_time=1, time_unit="min")
    assert unlimited.quota is None
    assert (await world.told(facts.Environment))["Default"].vhosts == (VHOST,)


async def test_environment_follows_the_settings(world: World) -> None:
    vhost = Vhost(host="gw.example", ws_port=80, wss_port=443)

    await add_first_rows(world.publisher.units, default_vhost=vhost)

    assert (await world.told(facts.Environment))["Default"].vhosts == (vhost,)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("subscription", {"Gold", "Silver", "Bronze", "Unauthenticated", "DefaultSubscriptionless", "Unlimited"}),
        (
            "streaming/subscription",
            {"AsyncGold", "AsyncSilver", "AsyncBronze", "AsyncDefaultSubscriptionless", "AsyncUnlimited"},
        ),
        ("application", {"50PerMin", "20PerMin", "10PerMin", "Unlimited"}),
        ("api", {"50KPerMin", "20KPerMin", "10KPerMin", "Unlimited"}),
    ],
)
async def test_plans_are_listed_by_level(world: World, path: str, names: set[str]) -> None:
    page = await world.ok("GET", f"/throttling-policies/{path}", token="creator")

    assert {plan["name"] for plan in page["list"]} == names
    assert page["pagination"]["total"] == len(names)


async def test_plan_is_read_by_name(world: World) -> None:
    plan = await world.ok("GET", "/throttling-policies/subscription/AsyncGold")

    assert (plan["quotaPolicyType"], plan["requestCount"], plan["timeUnit"]) == ("EVENTCOUNT", 50_000, "days")


@pytest.mark.parametrize(("path", "status"), [("subscription/Platinum", 404), ("colour", 400), ("colour/Gold", 400)])
async def test_unknown_plan_or_level(world: World, path: str, status: int) -> None:
    assert (await world.call("GET", f"/throttling-policies/{path}")).status_code == status


async def test_plans_of_an_api_come_in_its_order(world: World) -> None:
    api_id = await world.create(policies=["Silver", "Gold"])

    plans = await world.ok("GET", f"/apis/{api_id}/subscription-policies")

    assert [plan["name"] for plan in plans] == ["Silver", "Gold"]


async def test_settings_name_the_environment(world: World) -> None:
    settings = await world.ok("GET", "/settings", token="creator")

    assert settings["environment"][0]["name"] == "Default"
    assert settings["environment"][0]["vhosts"][0]["wsPort"] == 9099
    assert "apim:api_create" in settings["scopes"]


async def test_subscriptions_are_listed_with_their_application(world: World) -> None:
    api_id = await _subscribe(world)

    page = await world.ok("GET", "/subscriptions", token="creator", params={"apiId": api_id})

    assert page["list"] == [
        {
            "subscriptionId": SUBSCRIPTION_ID,
            "applicationInfo": {"applicationId": "app-1", "name": "My app", "subscriber": "sue", "description": ""},
            "throttlingPolicy": "Gold",
            "subscriptionStatus": "UNBLOCKED",
        }
    ]


@pytest.mark.parametrize("block", ["BLOCKED", "PROD_ONLY_BLOCKED"])
async def test_block_and_unblock_are_shown_and_told(world: World, block: str) -> None:
    await _subscribe(world)
    params = {"subscriptionId": SUBSCRIPTION_ID}

    blocked = await world.ok(
        "POST", "/subscriptions/block-subscription", token="publisher", params={**params, "blockState": block}
    )
    told_blocked = (await world.told(facts.SubscriptionControl))[SUBSCRIPTION_ID].block
    unblocked = await world.ok("POST", "/subscriptions/unblock-subscription", token="publisher", params=params)

    assert (blocked["subscriptionStatus"], told_blocked) == (block, Block(block))
    assert unblocked["subscriptionStatus"] == "UNBLOCKED"
    assert (await world.told(facts.SubscriptionControl))[SUBSCRIPTION_ID].block is Block.NONE


async def test_block_is_forgotten_with_its_subscription(world: World) -> None:
    api_id = await _subscribe(world)
    params = {"subscriptionId": SUBSCRIPTION_ID, "blockState": "BLOCKED"}
    await world.ok("POST", "/subscriptions/block-subscription", params=params)

    await world.learn(
        Subscription(
            id=SUBSCRIPTION_ID,
            api_id=api_id,
            application_id="app-1",
            plan="Gold",
            status=SubscriptionStatus.UNBLOCKED,
            deleted=True,
        )
    )

    assert await world.told(facts.SubscriptionControl) == {}
    assert (await world.call("POST", "/subscriptions/block-subscription", params=params)).status_code == 404


@pytest.mark.parametrize(
    "params", [{}, {"subscriptionId": SUBSCRIPTION_ID}, {"subscriptionId": "x", "blockState": "NO"}]
)
async def test_bad_block_is_400(world: World, params: dict[str, str]) -> None:
    response = await world.call("POST", "/subscriptions/block-subscription", params=params)

    assert response.status_code == 400


async def test_subscriptions_of_an_unknown_api_are_404(world: World) -> None:
    assert (await world.call("GET", "/subscriptions", params={"apiId": "x"})).status_code == 404
