"""Internal test keys by REST, with the key manager's fake behind."""

from __future__ import annotations

import uuid

import pytest

from .world import World


@pytest.mark.parametrize("token", ["creator:carl", "publisher:carl"])
async def test_who_works_on_an_api_gets_a_key_in_their_own_name(world: World, token: str) -> None:
    api_id = await world.create()

    answer = await world.call("POST", f"/apis/{api_id}/generate-key", token=token)

    assert answer.status_code == 200
    assert answer.json()["validityTime"] == 3600
    assert answer.json()["apikey"]
    assert world.keymanager.issued == [(api_id, "carl")]


async def test_key_is_not_to_be_stored_by_caches(world: World) -> None:
    answer = await world.call("POST", f"/apis/{await world.create()}/generate-key", token="creator")

    assert answer.headers["cache-control"] == "no-store"


async def test_subscriber_gets_none(world: World) -> None:
    answer = await world.call("POST", f"/apis/{await world.create()}/generate-key", token="subscriber")

    assert answer.status_code == 403
    assert world.keymanager.issued == []


async def test_api_that_one_may_not_see_is_404(world: World) -> None:
    hidden = await world.create(accessControl="RESTRICTED", accessControlRoles=["secret"])

    for api_id in (hidden, str(uuid.uuid4())):
        answer = await world.call("POST", f"/apis/{api_id}/generate-key", token="creator:mallory")

        assert answer.status_code == 404


async def test_blocked_api_is_not_tried(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")
    await world.act(api_id, "Block")

    answer = await world.call("POST", f"/apis/{api_id}/generate-key", token="creator")

    assert answer.status_code == 403


async def test_key_manager_away_is_503_that_says_so(world: World) -> None:
    world.keymanager.is_available = False

    answer = await world.call("POST", f"/apis/{await world.create()}/generate-key", token="creator")

    assert answer.status_code == 503
    assert answer.json()["message"] == "The key manager cannot be reached"
