"""The life cycle over REST: what each action needs, does and tells."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import publisher as facts
from contracts.devportal import Subscription, SubscriptionStatus

from .world import World, echo_api

DEPRECATE_OLD = (
    "Deprecate old versions after publishing the API:true,Requires re-subscription when publishing the API:false"
)


async def _refusal(world: World, api_id: str, action: str, **params: str) -> tuple[int, int]:
    params = {"apiId": api_id, "action": action, **params}
    response = await world.call("POST", "/apis/change-lifecycle", token="publisher", params=params)
    return response.status_code, response.json()["code"]


async def test_publish_makes_and_deploys_a_revision(world: World) -> None:
    api_id = await world.create()

    answer = await world.act(api_id, "Publish")

    assert (answer["workflowStatus"], answer["jsonPayload"]) == ("APPROVED", "")
    assert answer["lifecycleState"]["state"] == "Published"
    assert (await world.told(facts.Api))[api_id].state is facts.ApiState.PUBLISHED
    deployment = (await world.told(facts.Deployment))[f"{api_id}:Default"]
    assert deployment.vhost == "localhost"
    assert deployment.production_endpoint == facts.Endpoint(url="ws://localhost:9000")
    assert deployment.sandbox_endpoint == facts.Endpoint(url="wss://sandbox.example:9443/echo")
    assert [(o.target, o.verb) for o in deployment.operations] == [("/*", "SUBSCRIBE"), ("/*", "PUBLISH")]


async def test_publish_deploys_the_newest_revision_that_is_there(world: World) -> None:
    api_id = await world.create()
    await world.ok("POST", f"/apis/{api_id}/revisions", json={})
    newest = await world.ok("POST", f"/apis/{api_id}/revisions", json={"description": "second"})

    await world.act(api_id, "Publish")

    assert (await world.told(facts.Deployment))[f"{api_id}:Default"].revision_id == newest["id"]
    assert (await world.ok("GET", f"/apis/{api_id}/revisions"))["count"] == 2


@pytest.mark.parametrize(
    ("missing", "code"),
    [({"endpointConfig": ...}, 903223), ({"endpointConfig": {}}, 903223), ({"policies": []}, 903224)],
)
async def test_publish_needs_endpoint_and_plan(world: World, missing: dict[str, Any], code: int) -> None:
    api_id = await world.create(**missing)
    before = await world.row_counts()

    assert await _refusal(world, api_id, "Publish") == (400, code)

    assert await world.state(api_id) == "CREATED"
    assert await world.row_counts() == before


async def test_action_that_the_state_forbids_names_the_allowed_ones(world: World) -> None:
    api_id = await world.create()

    response = await world.call("POST", "/apis/change-lifecycle", params={"apiId": api_id, "action": "Block"})

    assert (response.status_code, response.json()["code"]) == (400, 903234)
    assert "'Publish', 'Deploy as a Prototype'" in response.json()["description"]
    assert await world.state(api_id) == "CREATED"


async def test_demoted_api_leaves_the_gateways(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")

    await world.act(api_id, "Demote to Created")

    assert await world.state(api_id) == "CREATED"
    assert await world.told(facts.Deployment) == {}


async def test_api_goes_through_its_whole_life(world: World) -> None:
    api_id = await world.create()

    for action in ("Deploy as a Prototype", "Publish", "Block", "Re-Publish", "Deprecate", "Retire"):
        await world.act(api_id, action)

    history = await world.ok("GET", f"/apis/{api_id}/lifecycle-history", token="publisher")
    assert [event["postState"] for event in history["list"]] == [
        "CREATED", "PROTOTYPED", "PUBLISHED", "BLOCKED", "PUBLISHED", "DEPRECATED", "RETIRED",
    ]  # fmt: skip
    assert history["list"][1]["previousState"] == "CREATED"
    assert (await world.told(facts.Api))[api_id].state is facts.ApiState.RETIRED
    assert await world.told(facts.Deployment) == {}


async def test_blocked_api_stays_deployed(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")

    await world.act(api_id, "Block")

    assert (await world.told(facts.Api))[api_id].state is facts.ApiState.BLOCKED
    assert f"{api_id}:Default" in await world.told(facts.Deployment)


async def test_retired_api_cannot_be_deployed(world: World) -> None:
    api_id = await world.create()
    for action in ("Publish", "Deprecate", "Retire"):
        await world.act(api_id, action)
    revision = (await world.ok("GET", f"/apis/{api_id}/revisions"))["list"][0]

    response = await world.call(
        "POST", f"/apis/{api_id}/deploy-revision", params={"revisionId": revision["id"]}, json=[{"name": "Default"}]
    )

    assert (response.status_code, response.json()["code"]) == (400, 903227)


async def test_old_versions_are_deprecated_when_asked(world: World) -> None:
    old = await world.create(version="1.9")
    new = await world.create(version="1.10")
    newest = await world.create(version="2.0")
    for api_id in (old, newest):
        await world.act(api_id, "Publish")

    await world.act(new, "Publish", lifecycleChecklist=DEPRECATE_OLD)

    assert [await world.state(api_id) for api_id in (old, new, newest)] == ["DEPRECATED", "PUBLISHED", "PUBLISHED"]
    assert (await world.told(facts.Api))[old].state is facts.ApiState.DEPRECATED


async def test_unknown_check_item_is_refused(world: World) -> None:
    api_id = await world.create()

    assert await _refusal(world, api_id, "Publish", lifecycleChecklist="Celebrate:true") == (400, 900702)


async def test_lifecycle_state_lists_what_may_be_done(world: World) -> None:
    api_id = await world.create()

    state = await world.ok("GET", f"/apis/{api_id}/lifecycle-state", token="creator")

    assert state["state"] == "Created"
    assert state["availableTransitions"] == [
        {"event": "Publish", "targetState": "Published"},
        {"event": "Deploy as a Prototype", "targetState": "Prototyped"},
    ]
    assert [item["value"] for item in state["checkItems"]] == [False, False]


async def test_default_version_switches_only_when_the_new_one_serves(world: World) -> None:
    first = await world.create(version="1", isDefaultVersion=True)
    assert await world.told(facts.DefaultVersion) == {}
    await world.act(first, "Publish")

    second = await world.create(version="2", isDefaultVersion=True)
    before = (await world.told(facts.DefaultVersion))["/echowebsocket"].api_id
    await world.act(second, "Publish")

    assert (before, (await world.told(facts.DefaultVersion))["/echowebsocket"].api_id) == (first, second)
    flags = {key: fact.is_default_version for key, fact in (await world.told(facts.Api)).items()}
    assert flags == {first: False, second: True}


async def test_cleared_default_version_is_told(world: World) -> None:
    api_id = await world.create(isDefaultVersion=True)
    await world.act(api_id, "Publish")

    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(isDefaultVersion=False))

    assert await world.told(facts.DefaultVersion) == {}


async def test_deleted_default_version_is_told(world: World) -> None:
    api_id = await world.create(isDefaultVersion=True)
    await world.act(api_id, "Publish")

    await world.ok("DELETE", f"/apis/{api_id}")

    assert await world.told(facts.DefaultVersion) == {}


async def test_api_with_subscriptions_cannot_be_deleted_until_it_is_retired(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")
    await world.learn(
        Subscription(id="s1", api_id=api_id, application_id="a1", plan="Gold", status=SubscriptionStatus.UNBLOCKED)
    )

    refused = await world.call("DELETE", f"/apis/{api_id}")
    for action in ("Deprecate", "Retire"):
        await world.act(api_id, action)

    assert refused.status_code == 409
    assert (await world.call("DELETE", f"/apis/{api_id}")).status_code == 200
