"""Keys of applications: made in two steps around a call, used, deleted; also with a key manager that fails."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from .world import World

KEYS: dict[str, Any] = {
    "keyType": "PRODUCTION",
    "grantTypesToBeSupported": ["client_credentials", "refresh_token"],
    "callbackUrl": "",
    "additionalProperties": {"id_token_expiry_time": "N/A", "pkceMandatory": "false"},
    "scopes": ["chat:read"],
}


async def _generate(world: World, application_id: str, **changes: Any) -> Any:
    return await world.ok("POST", f"/applications/{application_id}/generate-keys", json=KEYS | changes)


async def test_keys_are_shown_with_their_secret_once(world: World) -> None:
    application_id = await world.application()

    made = await _generate(world, application_id)

    listed = await world.ok("GET", f"/applications/{application_id}/oauth-keys")
    read = await world.ok("GET", f"/applications/{application_id}/oauth-keys/{made['keyMappingId']}")
    kept = world.keymanager.keys[made["keyMappingId"]]
    assert (made["consumerKey"], made["consumerSecret"]) == (kept.client_id, kept.secrets[0])
    assert made["token"]["accessToken"]
    assert made["token"]["validityTime"] == made["validityTime"] == 3600
    assert made["token"]["tokenScopes"] == ["chat:read"]
    assert (made["keyManager"], made["keyType"], made["mode"]) == ("Resident Key Manager", "PRODUCTION", "CREATED")
    assert made["additionalProperties"] == KEYS["additionalProperties"]
    assert listed == {"count": 1, "list": [read]}
    assert read == made | {"consumerSecret": None, "token": None}


async def test_key_manager_is_told_whose_keys_they_are(world: World) -> None:
    application_id = await world.application(tokenType="OAUTH")

    made = await _generate(world, application_id, keyType="SANDBOX", validityTime=60)

    order = world.keymanager.keys[made["keyMappingId"]].order
    assert (order.application_id, order.application_name, order.owner) == (application_id, "ChatApp", "sue")
    assert (order.token_type, order.key_type, order.validity_seconds) == ("OAUTH", "SANDBOX", 60)
    assert order.callback_url is None


async def test_second_keys_of_a_type_are_a_conflict(world: World) -> None:
    application_id = await world.application()
    await _generate(world, application_id)

    again = await world.call("POST", f"/applications/{application_id}/generate-keys", json=KEYS)
    await _generate(world, application_id, keyType="SANDBOX")

    assert again.status_code == 409
    assert len(world.keymanager.keys) == 2


@pytest.mark.parametrize("fault", ["is away", "loses its answer"])
async def test_repeat_mends_what_a_failing_key_manager_left(world: World, fault: str) -> None:
    application_id = await world.application()
    world.keymanager.is_available = fault != "is away"
    world.keymanager.loses_answers = True

    failed = await world.call("POST", f"/applications/{application_id}/generate-keys", json=KEYS)
    listed = await world.ok("GET", f"/applications/{application_id}/oauth-keys")
    world.keymanager.is_available, world.keymanager.loses_answers = True, False
    made = await _generate(world, application_id)

    assert failed.status_code == 503
    assert listed["count"] == 0
    assert list(world.keymanager.keys) == [made["keyMappingId"]]
    assert (await world.row_counts())["application_key"] == 1


async def test_one_of_many_requests_for_the_same_keys_wins(world: World) -> None:
    application_id = await world.application()
    path = f"/applications/{application_id}/generate-keys"

    responses = await asyncio.gather(*(world.call("POST", path, json=KEYS) for _ in range(10)))

    assert sorted(response.status_code for response in responses) == [200] + [409] * 9
    assert len(world.keymanager.keys) == 1


async def test_keys_refused_by_the_key_manager_are_a_clear_answer(world: World) -> None:
    application_id = await world.application()
    path = f"/applications/{application_id}/generate-keys"

    refused = await world.call("POST", path, json=KEYS | {"validityTime": 100_000_000})
    listed = await world.ok("GET", f"/applications/{application_id}/oauth-keys")

    assert refused.status_code == 400
    assert "86400" in refused.json()["detail"]
    assert listed["count"] == 0
    assert (await _generate(world, application_id))["consumerKey"]


async def test_id_that_the_key_manager_deleted_is_replaced_by_the_next_attempt(world: World) -> None:
    application_id = await world.application()
    path = f"/applications/{application_id}/generate-keys"
    world.keymanager.loses_answers = True
    await world.call("POST", path, json=KEYS)
    world.keymanager.loses_answers = False
    for key_mapping_id in list(world.keymanager.keys):
        await world.keymanager.delete_consumer_key(key_mapping_id)

    conflict = await world.call("POST", path, json=KEYS)
    made = await _generate(world, application_id)

    assert conflict.status_code == 409
    assert list(world.keymanager.keys) == [made["keyMappingId"]]


async def test_keys_without_client_credentials_come_without_token(world: World) -> None:
    application_id = await world.application()

    made = await _generate(
        world, application_id, grantTypesToBeSupported=["authorization_code"], callbackUrl="https://app.example/cb"
    )

    assert (made["token"], made["callbackUrl"]) == (None, "https://app.example/cb")


async def test_regenerated_secret_replaces_the_old_one(world: World) -> None:
    application_id = await world.application()
    made = await _generate(world, application_id)
    keys = f"/applications/{application_id}/oauth-keys/{made['keyMappingId']}"

    new = await world.call("POST", f"{keys}/regenerate-secret")
    old_refused = await world.call("POST", f"{keys}/generate-token", json={"consumerSecret": made["consumerSecret"]})

    assert new.headers["Cache-Control"] == "no-store"
    assert new.json()["consumerKey"] == made["consumerKey"]
    assert new.json()["consumerSecret"] != made["consumerSecret"]
    assert old_refused.status_code == 400


async def test_token_is_generated(world: World) -> None:
    application_id = await world.application()
    made = await _generate(world, application_id)
    path = f"/applications/{application_id}/oauth-keys/{made['keyMappingId']}/generate-token"
    body = {
        "consumerSecret": made["consumerSecret"],
        "validityPeriod": 120,
        "scopes": ["chat:read"],
        "revokeToken": "old",
        "grantType": "CLIENT_CREDENTIALS",
        "additionalProperties": {},
    }

    token = await world.ok("POST", path, json=body)
    without_secret = await world.ok("POST", path, json={})

    assert (token["validityTime"], token["tokenScopes"]) == (120, ["chat:read"])
    assert token["accessToken"]
    assert world.keymanager.revoked == {"old"}
    assert without_secret["validityTime"] == 3600


@pytest.mark.parametrize(
    "body",
    [
        {"consumerSecret": "wrong"},
        {"validityPeriod": -1},
        {"validityPeriod": 0},
        {"validityPeriod": "60"},
        {"validityPeriod": 100_000_000},
        {"grantType": "TOKEN_EXCHANGE"},
        {"grantType": "password"},
        {"scopes": ["two words"]},
        {"revokeToken": "old"},
        {"unknown": 1},
    ],
)
async def test_token_request_that_makes_no_sense_is_refused(world: World, body: dict[str, Any]) -> None:
    application_id = await world.application()
    made = await _generate(world, application_id)

    path = f"/applications/{application_id}/oauth-keys/{made['keyMappingId']}/generate-token"
    response = await world.call("POST", path, json=body)

    assert response.status_code == 400, response.text


@pytest.mark.parametrize(("method", "suffix"), [("DELETE", ""), ("POST", "/clean-up")])
async def test_deleted_keys_are_gone_on_both_sides_and_may_be_made_again(
    world: World, method: str, suffix: str
) -> None:
    application_id = await world.application()
    made = await _generate(world, application_id)
    path = f"/applications/{application_id}/oauth-keys/{made['keyMappingId']}"
    world.keymanager.loses_answers = True
    interrupted = await world.call(method, f"{path}{suffix}")
    world.keymanager.loses_answers = False

    response = await world.call(method, f"{path}{suffix}")
    again = await _generate(world, application_id)

    assert (interrupted.status_code, response.status_code) == (503, 200)
    assert (await world.call("GET", path)).status_code == 404
    assert list(world.keymanager.keys) == [again["keyMappingId"]]


async def test_keys_are_found_only_under_their_own_application(world: World) -> None:
    mine, other = await world.application("A"), await world.application("B")
    made = await _generate(world, mine)

    for application_id, key_mapping_id in ((other, made["keyMappingId"]), (mine, "x"), (mine, other)):
        path = f"/applications/{application_id}/oauth-keys/{key_mapping_id}"
        responses = [
            await world.call("GET", path),
            await world.call("DELETE", path),
            await world.call("POST", f"{path}/regenerate-secret"),
            await world.call("POST", f"{path}/generate-token", json={}),
            await world.call("POST", f"{path}/clean-up"),
        ]
        assert {response.status_code for response in responses} == {404}

    assert list(world.keymanager.keys) == [made["keyMappingId"]]
