"""Applications: one's own, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.devportal import Application, Subscription, TokenType

from .world import World


async def test_new_application_is_told_and_shown(world: World) -> None:
    body = {
        "name": "Chät App",
        "throttlingPolicy": "10PerMin",
        "description": "d",
        "tokenType": "OAUTH",
        "attributes": {"a": "1"},
        "groups": ["team"],
        "hashEnabled": False,
        "visibility": "PRIVATE",
        "owner": "somebody",
        "status": "REJECTED",
    }

    response = await world.call("POST", "/applications", json=body)

    created = response.json()
    shown = await world.ok("GET", response.headers["Location"].removeprefix("/api/am/devportal/v3"))
    fact = (await world.told(Application))[created["applicationId"]]
    assert response.status_code == 201
    assert shown == created
    assert (created["owner"], created["status"], created["subscriptionCount"]) == ("sue", "APPROVED", 0)
    assert (created["groups"], created["hashEnabled"], created["visibility"]) == (["team"], False, "PRIVATE")
    assert (fact.owner, fact.plan, fact.token_type) == ("sue", "10PerMin", TokenType.OAUTH)
    assert fact.attributes == {"a": "1"}


async def test_token_type_is_jwt_unless_asked_otherwise(world: World) -> None:
    application_id = await world.application(tokenType=None, description=None, attributes=None, groups=None)

    assert (await world.ok("GET", f"/applications/{application_id}"))["tokenType"] == "JWT"


async def test_nobody_has_an_application_that_they_did_not_make(world: World) -> None:
    assert (await world.ok("GET", "/applications"))["list"] == []


async def test_changed_application_is_told(world: World) -> None:
    application_id = await world.application()

    body = {"name": "Other", "throttlingPolicy": "50PerMin", "tokenType": "OAUTH"}
    changed = await world.ok("PUT", f"/applications/{application_id}", json=body)

    fact = (await world.told(Application))[application_id]
    assert (changed["name"], changed["throttlingPolicy"], changed["tokenType"]) == ("Other", "50PerMin", "OAUTH")
    assert (fact.name, fact.plan, fact.token_type) == ("Other", "50PerMin", TokenType.OAUTH)


async def test_name_is_unique_for_each_owner(world: World) -> None:
    await world.application("One")
    second = await world.application("Two")

    again = await world.call("POST", "/applications", json={"name": "One", "throttlingPolicy": "Unlimited"})
    renamed = await world.call("PUT", f"/applications/{second}", json={"name": "One", "throttlingPolicy": "Unlimited"})
    other = await world.call(
        "POST", "/applications", token="tom", json={"name": "One", "throttlingPolicy": "Unlimited"}
    )

    assert (again.status_code, renamed.status_code, other.status_code) == (409, 409, 201)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/generate-keys"), ("GET", "/oauth-keys")],
)
async def test_application_of_another_is_unknown(world: World, method: str, path: str) -> None:
    application_id = await world.application()
    bodies: dict[str, dict[str, Any]] = {
        "PUT": {"name": "Mine", "throttlingPolicy": "Unlimited"},
        "POST": {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]},
    }

    before = await world.row_counts()
    response = await world.call(method, f"/applications/{application_id}{path}", token="tom", json=bodies.get(method))

    assert response.status_code == 404
    assert await world.row_counts() == before
    assert (await world.ok("GET", "/applications", token="tom"))["count"] == 0


async def test_list_is_searched_sorted_and_parted(world: World) -> None:
    for name, plan in (("beta", "Unlimited"), ("Alpha", "50PerMin"), ("gamma", "10PerMin")):
        await world.application(name, throttlingPolicy=plan)

    async def names(**params: str) -> list[str]:
        return [one["name"] for one in (await world.ok("GET", "/applications", params=params))["list"]]

    assert await names() == ["Alpha", "beta", "gamma"]
    assert await names(sortBy="throttlingPolicy", sortOrder="desc") == ["beta", "Alpha", "gamma"]
    assert await names(query="A", limit="2") == ["Alpha", "beta"]
    assert await names(query="ALPH") == ["Alpha"]
    assert await names(sortBy="createdTime", offset="1") == ["Alpha", "gamma"]


async def test_deleted_application_takes_its_subscriptions_and_keys_with_it(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    await world.subscribe(application_id, api_id)
    keys = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]}
    await world.ok("POST", f"/applications/{application_id}/generate-keys", json=keys)

    response = await world.call("DELETE", f"/applications/{application_id}")

    counts = await world.row_counts()
    assert response.status_code == 200
    assert (counts["application"], counts["subscription"], counts["application_key"]) == (0, 0, 0)
    assert await world.told(Application) == {}
    assert await world.told(Subscription) == {}
    assert (await world.call("GET", f"/applications/{application_id}")).status_code == 404


async def test_application_is_deleted_while_the_key_manager_is_away(world: World) -> None:
    application_id = await world.application()
    world.keymanager.is_available = False

    assert (await world.call("DELETE", f"/applications/{application_id}")).status_code == 200


async def test_application_shows_the_scopes_it_may_ask_for(world: World) -> None:
    api_id, application_id = await world.publish(), await world.application()
    await world.subscribe(application_id, api_id)

    application = await world.ok("GET", f"/applications/{application_id}")

    assert [scope["key"] for scope in application["subscriptionScopes"]] == ["chat:read"]
    assert application["subscriptionCount"] == 1
    assert (await world.ok("GET", "/applications"))["list"][0]["subscriptionCount"] == 1
