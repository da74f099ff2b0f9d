"""Throttling policies by Admin v4: what is told of them, what is refused, and that who uses one keeps it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.publisher import Burst, Plan, PlanLevel, Quota, QuotaReaction, QuotaType

from .world import World

POLICIES = "/api/am/admin/v4/throttling/policies"


def _policy(**changes: Any) -> dict[str, Any]:
    body = {
        "policyName": "Platinum",
        "displayName": "Platinum!",
        "description": "Fast",
        "defaultLimit": {
            "type": "EVENTCOUNTLIMIT",
            "eventCount": {"timeUnit": "min", "unitTime": 1, "eventCount": 600},
        },
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


def _bandwidth(**changes: Any) -> dict[str, Any]:
    limit = {"timeUnit": "day", "unitTime": 1, "dataAmount": 2, "dataUnit": "GB", **changes}
    return {"type": "BANDWIDTHLIMIT", "bandwidth": limit}


async def _add(world: World, level: str = "subscription", **changes: Any) -> str:
    policy_id: str = (await world.ok("POST", f"{POLICIES}/{level}", json=_policy(**changes)))["policyId"]
    return policy_id


async def test_subscription_policy_is_told_with_everything_it_says(world: World) -> None:
    await _add(
        world,
        rateLimitCount=10,
        rateLimitTimeUnit="sec",
        stopOnQuotaReach=False,
        billingPlan="COMMERCIAL",
        permissions={"permissionType": "ALLOW", "roles": ["Internal/partner"]},
        sluice={"connections": 5, "maxMessageBytes": 1000, "reaction": "pause"},
    )

    told = (await world.told(Plan))["subscription:Platinum"]

    assert told.quota == Quota(type=QuotaType.EVENT_COUNT, amount=600, unit_time=1, time_unit="min")
    assert (told.burst, told.stop_on_quota_reach) == (Burst(count=10, time_unit="sec"), False)
    assert (told.connections, told.max_message_bytes, told.reaction) == (5, 1000, QuotaReaction.PAUSE)
    assert (told.permitted_roles, told.denied_roles, told.billing_plan) == (("Internal/partner",), (), "COMMERCIAL")


async def test_bandwidth_is_told_in_bytes_and_shown_as_given(world: World) -> None:
    policy_id = await _add(world, "application", defaultLimit=_bandwidth(), burstLimit={"rateLimitCount": 0})

    told = (await world.told(Plan))["application:Platinum"]
    shown = await world.ok("GET", f"{POLICIES}/application/{policy_id}")
    listed = await world.ok("GET", "/throttling-policies/application/Platinum")

    assert told.quota is not None
    assert (told.quota.amount, told.quota.time_unit, told.level) == (2 * 1024**3, "days", PlanLevel.APPLICATION)
    assert shown["defaultLimit"]["bandwidth"] == {"timeUnit": "days", "unitTime": 1, "dataAmount": 2, "dataUnit": "GB"}
    assert (listed["requestCount"], listed["dataUnit"], listed["quotaPolicyType"]) == (2, "GB", "BANDWIDTHVOLUME")


@pytest.mark.parametrize("level", ["subscription", "application", "advanced"])
async def test_what_is_read_can_be_written_again(any_world: World, level: str) -> None:
    world = any_world
    listed = await world.ok("GET", f"{POLICIES}/{level}")
    before = await world.told(Plan)

    for policy in listed["list"]:
        again = await world.ok("PUT", f"{POLICIES}/{level}/{policy['policyId']}", json=policy)
        assert again == policy

    def without_version(facts: dict[str, Plan]) -> list[Plan]:
        return [fact.model_copy(update={"version": 0}) for fact in facts.values()]

    assert listed["count"] == len(listed["list"]) > 3
    assert without_version(await world.told(Plan)) == without_version(before)


async def test_default_policy_is_changed_and_its_name_stays(world: World) -> None:
    gold = next(p for p in (await world.ok("GET", f"{POLICIES}/subscription"))["list"] if p["policyName"] == "Gold")

    changed = await world.ok(
        "PUT",
        f"{POLICIES}/subscription/{gold['policyId']}",
        json=_policy(policyName="Brass", sluice={"connections": 3}),
    )

    told = await world.told(Plan)
    assert (changed["policyName"], told["subscription:Gold"].connections) == ("Gold", 3)
    assert "subscription:Brass" not in told


async def test_fields_without_meaning_are_kept(world: World) -> None:
    kept: dict[str, Any] = {
        "customAttributes": [{"name": "tier", "value": "1"}],
        "monetization": {"monetizationPlan": "FIXEDRATE", "properties": {"price": "1"}},
        "subscriberCount": 7,
        "graphQLMaxDepth": 4,
    }
    policy_id = await _add(world, **kept)

    shown = await world.ok("GET", f"{POLICIES}/subscription/{policy_id}")

    assert {name: shown[name] for name in kept} == kept


async def test_event_count_policies_are_listed_as_streaming(world: World) -> None:
    await _add(world, sluice={"reaction": "close"})

    page = await world.ok("GET", "/throttling-policies/streaming/subscription", params={"limit": 100})

    added = page["list"][-1]
    assert added["name"] == "Platinum"
    assert added["sluice"] == {"connections": None, "maxMessageBytes": None, "reaction": "close"}


_S, _A = "subscription", "application"
_BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("no name", _S, {"policyName": ...}, "/policyName"),
    ("blank name", _S, {"policyName": "  "}, "/policyName"),
    ("name with a slash", _S, {"policyName": "a/b"}, "/policyName"),
    ("long name", _S, {"policyName": "n" * 61}, "/policyName"),
    ("no limit", _S, {"defaultLimit": ...}, "/defaultLimit"),
    ("another type", _S, {"defaultLimit": {**_bandwidth(), "type": "REQUESTCOUNTLIMIT"}}, "/defaultLimit"),
    ("tokens", _S, {"defaultLimit": {"type": "AIAPIQUOTALIMIT"}}, "/defaultLimit/type"),
    ("no amount", _S, {"defaultLimit": _bandwidth(dataAmount=0)}, "/defaultLimit/bandwidth/dataAmount"),
    ("weeks", _S, {"defaultLimit": _bandwidth(timeUnit="week")}, "/defaultLimit/bandwidth/timeUnit"),
    ("terabytes", _S, {"defaultLimit": _bandwidth(dataUnit="TB")}, "/defaultLimit/bandwidth/dataUnit"),
    ("burst without its unit", _S, {"rateLimitCount": 5}, "/rateLimitTimeUnit"),
    ("burst limit alone", _A, {"burstLimit": {"rateLimitCount": 5}}, "/burstLimit/rateLimitTimeUnit"),
    ("nobody permitted", _S, {"permissions": {"permissionType": "ALLOW", "roles": []}}, "/permissions/roles"),
    ("unknown reaction", _S, {"sluice": {"reaction": "sulk"}}, "/sluice/reaction"),
    ("no session at all", _S, {"sluice": {"connections": 0}}, "/sluice/connections"),
    ("unknown field", _S, {"colour": "red"}, "/colour"),
    ("unknown field of ours", _S, {"sluice": {"colour": "red"}}, "/sluice/colour"),
    ("field of another level", _A, {"billingPlan": "FREE"}, "/billingPlan"),
    ("conditions", "advanced", {"conditionalGroups": [{}]}, "/conditionalGroups"),
]  # fmt: skip


@pytest.mark.parametrize(("level", "changes", "pointer"), [bad[1:] for bad in _BAD], ids=[bad[0] for bad in _BAD])
async def test_bad_policy_is_refused_and_leaves_nothing(
    world: World, level: str, changes: dict[str, Any], pointer: str
) -> None:
    before = await world.row_counts()

    response = await world.call("POST", f"{POLICIES}/{level}", json=_policy(**changes))

    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["pointer"] == pointer
    assert await world.row_counts() == before


async def test_name_is_taken_within_its_level(any_world: World) -> None:
    await _add(any_world)

    again = await any_world.call("POST", f"{POLICIES}/subscription", json=_policy())
    elsewhere = await any_world.call("POST", f"{POLICIES}/advanced", json=_policy())

    assert (again.status_code, again.json()["code"], elsewhere.status_code) == (409, 409, 201)


@pytest.mark.parametrize("policy_id", ["x", str(uuid.uuid4())], ids=["no id", "unknown id"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_unknown_policy_is_404(world: World, method: str, policy_id: str) -> None:
    response = await world.call(method, f"{POLICIES}/subscription/{policy_id}", json=_policy())

    assert (response.status_code, response.json()["code"]) == (404, 900961)


async def test_policy_of_another_level_is_404(world: World) -> None:
    policy_id = await _add(world)

    assert (await world.call("GET", f"{POLICIES}/application/{policy_id}")).status_code == 404


async def test_unused_policy_is_removed_and_told(any_world: World) -> None:
    policy_id = await _add(any_world)

    await any_world.ok("DELETE", f"{POLICIES}/subscription/{policy_id}")

    assert "subscription:Platinum" not in await any_world.told(Plan)
    assert (await any_world.call("GET", f"{POLICIES}/subscription/{policy_id}")).status_code == 404
    await _add(any_world)


async def _removal(world: World, level: str, policy_id: str) -> tuple[int, int]:
    response = await world.call("DELETE", f"{POLICIES}/{level}/{policy_id}")
    return response.status_code, response.json()["code"]


async def test_policy_that_an_api_names_stays(any_world: World) -> None:
    sold, shared = await _add(any_world), await _add(any_world, "advanced")
    api_id = await any_world.create(policies=["Platinum"], apiThrottlingPolicy="Platinum")

    assert await _removal(any_world, "subscription", sold) == (403, 900971)
    assert await _removal(any_world, "advanced", shared) == (403, 900971)

    await any_world.ok("DELETE", f"/apis/{api_id}")
    await any_world.ok("DELETE", f"{POLICIES}/subscription/{sold}")
    await any_world.ok("DELETE", f"{POLICIES}/advanced/{shared}")


async def test_policy_that_a_subscription_or_application_has_stays(world: World) -> None:
    sold, of_application = await _add(world), await _add(world, "application")
    await world.learn(Application(id="app-1", name="My app", owner="sue", plan="Platinum"))
    await world.learn(
        Subscription(id="s", api_id="a", application_id="app-1", plan="Platinum", status=SubscriptionStatus.UNBLOCKED)
    )

    assert await _removal(world, "subscription", sold) == (403, 900971)
    assert await _removal(world, "application", of_application) == (403, 900971)


async def test_policy_of_open_channels_stays(world: World) -> None:
    policies = (await world.ok("GET", f"{POLICIES}/subscription"))["list"]
    policy_id = next(policy["policyId"] for policy in policies if policy["policyName"] == "Unauthenticated")

    assert await _removal(world, "subscription", policy_id) == (403, 900971)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_custom_rules_are_refused_with_a_reason(world: World, method: str) -> None:
    response = await world.call(method, f"{POLICIES}/custom", json={"siddhiQuery": "FROM x", "keyTemplate": "$userId"})

    assert (response.status_code, response.json()["code"]) == (400, 900960)
    assert "not planned" in response.json()["detail"]


async def test_who_may_only_look_may_not_change(world: World) -> None:
    assert (await world.call("GET", f"{POLICIES}/subscription", token="creator")).status_code == 200
    assert (await world.call("POST", f"{POLICIES}/subscription", token="creator", json=_policy())).status_code == 403
