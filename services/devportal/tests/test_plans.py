"""Plans as developers see them: what they say, and who may choose which."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.publisher import Burst, Plan, PlanLevel, Quota, QuotaReaction, QuotaType

from .world import World


def _plan(**changes: Any) -> Plan:
    fields: dict[str, Any] = {"id": "p", "level": PlanLevel.SUBSCRIPTION, "name": "Gold", "display_name": "Gold"}
    return Plan(**fields | changes)


async def test_plan_shows_everything_it_says(world: World) -> None:
    quota = Quota(type=QuotaType.BANDWIDTH, amount=3 * 1024**2, unit_time=2, time_unit="hours", data_unit="MB")
    burst = Burst(count=10, time_unit="sec")
    await world.learn(_plan(quota=quota, burst=burst, connections=5, reaction=QuotaReaction.CLOSE))

    shown = await world.ok("GET", "/throttling-policies/subscription/Gold", token=None)

    assert (shown["requestCount"], shown["dataUnit"], shown["quotaPolicyType"]) == (3, "MB", "BANDWIDTHVOLUME")
    assert (shown["rateLimitCount"], shown["rateLimitTimeUnit"]) == (10, "sec")
    assert shown["sluice"] == {"connections": 5, "maxMessageBytes": None, "reaction": "close"}


@pytest.mark.parametrize(
    ("permissions", "may_choose"),
    [
        ({}, {"sue", "sue+partner"}),
        ({"permitted_roles": ("Internal/everyone",)}, {"sue", "sue+partner"}),
        ({"permitted_roles": ("partner",)}, {"sue+partner"}),
        ({"permitted_roles": ()}, set()),
        ({"denied_roles": ("Internal/partner",)}, {"sue"}),
    ],
)
async def test_roles_decide_who_sees_and_chooses_a_plan(
    world: World, permissions: dict[str, Any], may_choose: set[str]
) -> None:
    await world.learn(_plan(**permissions))
    api_id, application_id = await world.publish(), await world.application()
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}

    for token in ("sue", "sue+partner"):
        read = await world.call("GET", "/throttling-policies/subscription/Gold", token=token)
        listed = await world.ok("GET", "/throttling-policies/subscription", token=token)
        api = await world.ok("GET", f"/apis/{api_id}", token=token)
        made = await world.call("POST", "/subscriptions", token=token, json=body)

        seen = {
            read.status_code == 200,
            "Gold" in [plan["name"] for plan in listed["list"]],
            "Gold" in [tier["tierName"] for tier in api["tiers"]],
        }
        assert seen == {token in may_choose}
        assert (made.status_code == 201) == (token in may_choose)
        if made.status_code == 201:
            await world.ok("DELETE", f"/subscriptions/{made.json()['subscriptionId']}")
        else:
            assert (made.status_code, made.json()["code"]) == (403, 902002)


async def test_plan_is_not_changed_to_one_that_roles_forbid(world: World) -> None:
    await world.learn(_plan(name="Silver", permitted_roles=("partner",)))
    api_id, application_id = await world.publish(), await world.application()
    subscription_id = await world.subscribe(application_id, api_id)
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Silver"}

    response = await world.call("PUT", f"/subscriptions/{subscription_id}", json=body)

    assert (response.status_code, response.json()["code"]) == (403, 902002)


async def test_plan_that_is_gone_is_not_chosen(world: World) -> None:
    await world.learn(_plan(deleted=True))
    api_id, application_id = await world.publish(), await world.application()
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}

    assert (await world.call("POST", "/subscriptions", json=body)).status_code == 400
