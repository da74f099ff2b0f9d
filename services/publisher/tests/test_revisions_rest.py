"""Revisions over REST: frozen, limited, deployed to environments."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import publisher as facts

from .world import World, echo_api

DEFAULT = [{"name": "Default", "vhost": "localhost", "displayOnDevportal": True}]


async def _revise(world: World, api_id: str) -> str:
    revision_id: str = (await world.ok("POST", f"/apis/{api_id}/revisions", token="creator", json={}))["id"]
    return revision_id


async def _deploy(world: World, api_id: str, revision_id: str, body: Any = DEFAULT) -> Any:
    return await world.call(
        "POST", f"/apis/{api_id}/deploy-revision", token="creator", params={"revisionId": revision_id}, json=body
    )


async def test_revision_is_numbered_and_found(world: World) -> None:
    api_id = await world.create()

    response = await world.call("POST", f"/apis/{api_id}/revisions", json={"description": "Initial Revision"})

    made = response.json()
    assert response.status_code == 201
    assert (made["displayName"], made["description"]) == ("Revision 1", "Initial Revision")
    assert made == await world.ok("GET", f"/apis/{api_id}/revisions/{made['id']}")
    assert response.headers["Location"].endswith(f"/apis/{api_id}/revisions/{made['id']}")


async def test_sixth_revision_is_refused_and_numbers_are_not_used_again(world: World) -> None:
    api_id = await world.create()
    ids = [await _revise(world, api_id) for _ in range(5)]

    refused = await world.call("POST", f"/apis/{api_id}/revisions", json={})
    remaining = await world.ok("DELETE", f"/apis/{api_id}/revisions/{ids[4]}")
    again = await world.ok("POST", f"/apis/{api_id}/revisions", json={})

    assert (refused.status_code, refused.json()["code"]) == (400, 900351)
    assert remaining["count"] == 4
    assert again["displayName"] == "Revision 6"


async def test_deployment_tells_what_the_revision_froze(world: World) -> None:
    api_id = await world.create()
    revision_id = await _revise(world, api_id)
    endpoint = {"endpoint_type": "ws", "production_endpoints": {"url": "ws://later"}}
    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(endpointConfig=endpoint))

    response = await _deploy(world, api_id, revision_id)

    assert (response.status_code, response.json()[0]["revisionUuid"]) == (201, revision_id)
    deployment = (await world.told(facts.Deployment))[f"{api_id}:Default"]
    assert deployment.production_endpoint == facts.Endpoint(url="ws://localhost:9000")
    assert await world.ok("GET", f"/apis/{api_id}/deployments") == response.json()


async def test_deployed_revision_takes_the_place_of_the_one_before(world: World) -> None:
    api_id = await world.create()
    first, second = await _revise(world, api_id), await _revise(world, api_id)

    await _deploy(world, api_id, first)
    await _deploy(world, api_id, second)

    deployed = await world.ok("GET", f"/apis/{api_id}/revisions", params={"query": "deployed:true"})
    assert [revision["id"] for revision in deployed["list"]] == [second]
    assert (await world.told(facts.Deployment))[f"{api_id}:Default"].revision_id == second


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([{"name": "Mars"}], 903232),
        ([{"name": "Default", "vhost": "mars.example"}], 903233),
        ([], 900702),
        (DEFAULT * 2, 900702),
        ([{"vhost": "localhost"}], 900702),
        ({"name": "Default"}, 900702),
        ([{"name": "Default", "colour": "red"}], 900702),
    ],
)
async def test_deployment_to_nowhere_is_refused(world: World, body: Any, code: int) -> None:
    api_id = await world.create()
    revision_id = await _revise(world, api_id)
    before = await world.row_counts()

    response = await _deploy(world, api_id, revision_id, body)

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert await world.row_counts() == before


async def test_unknown_revision_is_404(world: World) -> None:
    api_id, other = await world.create(), await world.create(name="Other", context="/other")
    revision_of_other = await _revise(world, other)

    for revision_id in ("nope", revision_of_other):
        response = await _deploy(world, api_id, revision_id)
        assert (response.status_code, response.json()["code"]) == (404, 900347)


async def test_deployed_revision_cannot_be_deleted_until_it_is_undeployed(world: World) -> None:
    api_id = await world.create()
    revision_id = await _revise(world, api_id)
    await _deploy(world, api_id, revision_id)

    refused = await world.call("DELETE", f"/apis/{api_id}/revisions/{revision_id}")
    undeployed = await world.call(
        "POST", f"/apis/{api_id}/undeploy-revision", params={"revisionNumber": "Revision 1"}, json=[{"name": "Default"}]
    )

    assert (refused.status_code, refused.json()["code"]) == (400, 900348)
    assert (undeployed.status_code, undeployed.json()) == (201, [])
    assert await world.told(facts.Deployment) == {}
    assert (await world.call("DELETE", f"/apis/{api_id}/revisions/{revision_id}")).status_code == 200


async def test_undeploy_from_all_environments_needs_no_body(world: World) -> None:
    api_id = await world.create()
    revision_id = await _revise(world, api_id)
    await _deploy(world, api_id, revision_id)

    await world.ok(
        "POST",
        f"/apis/{api_id}/undeploy-revision",
        params={"revisionId": revision_id, "allEnvironments": "true"},
    )

    assert await world.told(facts.Deployment) == {}


async def test_restored_revision_is_the_definition_again(world: World) -> None:
    api_id = await world.create(description="before")
    revision_id = await _revise(world, api_id)
    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(description="after"))

    response = await world.call("POST", f"/apis/{api_id}/restore-revision", params={"revisionId": revision_id})

    assert (response.status_code, response.json()["description"]) == (201, "before")
    assert (await world.told(facts.Api))[api_id].description == "before"
