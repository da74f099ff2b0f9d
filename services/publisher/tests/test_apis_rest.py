"""APIs over REST: create, read, list, change, delete, on SQLite."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import publisher as facts
from publisher.api.dependencies import BASE_PATH

from .world import World, echo_api


async def test_created_api_is_read_back_with_defaults(world: World) -> None:
    response = await world.call("POST", "/apis", token="creator:ann", json=echo_api())

    created = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"{BASE_PATH}/apis/{created['id']}"
    assert created == await world.ok("GET", f"/apis/{created['id']}")
    assert (created["provider"], created["lifeCycleStatus"], created["version"]) == ("ann", "CREATED", "1.0")
    assert created["securityScheme"] == ["oauth2"]
    assert [(o["target"], o["verb"]) for o in created["operations"]] == [("/*", "SUBSCRIBE"), ("/*", "PUBLISH")]


async def test_created_api_is_told(world: World) -> None:
    api_id = await world.create(
        tags=["demo"],
        scopes=[{"scope": {"name": "echo:write", "bindings": ["team"]}, "shared": False}],
        additionalProperties=[{"name": "tier", "value": "a", "display": True}],
        businessInformation={"businessOwner": "Ann"},
    )

    fact = (await world.told(facts.Api))[api_id]
    assert (fact.name, fact.context, fact.api_version) == ("EchoWebSocket", "/echowebsocket", "1.0")
    assert (fact.plans, fact.tags, fact.state) == (("Gold", "Silver"), ("demo",), facts.ApiState.CREATED)
    assert [(scope.name, scope.roles) for scope in fact.scopes] == [("echo:write", ("team",))]
    assert (fact.additional_properties, fact.business_owner) == ({"tier": "a"}, "Ann")


async def test_body_that_wso2_scripts_send_is_accepted(world: World) -> None:
    body = echo_api(
        name="Echo",
        context="echowebsocket",
        version="1.0.0",
        enableSchemaValidation=False,
        transport=[],
        policies=["AsyncUnlimited"],
        apiThrottlingPolicy=None,
        authorizationHeader="Authorization",
        apiKeyHeader="ApiKey",
        securityScheme=["oauth2"],
        visibility="PUBLIC",
        visibleRoles=[],
        subscriptionAvailability="CURRENT_TENANT",
        accessControl="NONE",
        endpointImplementationType="ENDPOINT",
        operations=[
            {
                "target": "/*",
                "verb": verb,
                "authType": "Application & Application User",
                "throttlingPolicy": "Unlimited",
                "scopes": [],
            }
            for verb in ("SUBSCRIBE", "PUBLISH")
        ],
    )

    created = await world.ok("POST", "/apis", token="creator", json=body)

    assert created["context"] == "/echowebsocket"


async def test_fields_that_are_not_used_come_back_unchanged(world: World) -> None:
    unused: dict[str, Any] = {
        "maxTps": {"production": 100},
        "advertiseInfo": {"advertised": False, "vendor": "WSO2"},
        "serviceInfo": {"key": "k", "name": "n"},
        "threatProtectionPolicies": {"list": [{"policyId": "p", "priority": 1}]},
        "corsConfiguration": {"corsConfigurationEnabled": True, "accessControlAllowOrigins": ["*"]},
        "egress": False,
        "apiThrottlingPolicy": "10KPerMin",
    }

    api_id = await world.create(**unused)

    read = await world.ok("GET", f"/apis/{api_id}")
    assert {name: read[name] for name in unused} == unused
    assert read["endpointConfig"] == echo_api()["endpointConfig"]


async def test_advanced_endpoint_configuration_is_kept(world: World) -> None:
    config = {"suspendErrorCode": ["101503"], "suspendDuration": "30000", "suspendMaxDuration": "60000", "factor": 2.0}
    endpoint = {"endpoint_type": "ws", "production_endpoints": {"url": "ws://b:1", "config": config}}

    api_id = await world.create(endpointConfig=endpoint)

    assert (await world.ok("GET", f"/apis/{api_id}"))["endpointConfig"] == endpoint


async def test_server_decides_id_owner_and_state(world: World) -> None:
    sent = {"id": "mine", "provider": "root", "lifeCycleStatus": "PUBLISHED", "createdTime": "0", "revisionId": 7}

    created = await world.ok("POST", "/apis", token="creator:ann", json=echo_api(**sent))

    assert created["id"] != "mine"
    assert (created["provider"], created["lifeCycleStatus"]) == ("ann", "CREATED")
    assert created["createdTime"] != "0"


@pytest.mark.parametrize(
    ("second", "status", "code"),
    [
        ({"name": "Other", "version": "2"}, 409, 900251),
        ({"name": "Other", "context": "/echowebsocket/{version}"}, 409, 900251),
        ({"name": "ECHOWEBSOCKET", "version": "2"}, 409, 900250),
        ({}, 409, 900252),
        ({"version": "1.0.0"}, 409, 900252),
        ({"version": "1"}, 409, 900252),
        ({"version": "2", "context": "/other"}, 400, 900702),
    ],
)
async def test_colliding_create_is_refused(world: World, second: dict[str, str], status: int, code: int) -> None:
    await world.create()
    before = await world.row_counts()

    response = await world.call("POST", "/apis", token="creator", json=echo_api(**second))

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await world.row_counts() == before


async def test_other_version_is_another_api_at_the_same_context(world: World) -> None:
    first = await world.create(version="1.0")
    second = await world.create(version="10")

    assert first != second


async def test_update_changes_and_tells_but_keeps_the_identity(world: World) -> None:
    api_id = await world.create()

    body = echo_api(
        name="X", context="/x", version="9", description="new", policies=["Bronze"], lifeCycleStatus="RETIRED"
    )
    updated = await world.ok("PUT", f"/apis/{api_id}", token="creator", json=body)

    assert (updated["name"], updated["context"], updated["version"]) == ("EchoWebSocket", "/echowebsocket", "1.0")
    assert (updated["description"], updated["lifeCycleStatus"]) == ("new", "CREATED")
    fact = (await world.told(facts.Api))[api_id]
    assert (fact.description, fact.plans) == ("new", ("Bronze",))


async def test_update_with_a_stale_etag_is_refused(world: World) -> None:
    api_id = await world.create()
    etag = (await world.call("GET", f"/apis/{api_id}")).headers["ETag"]
    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(description="1"), headers={"If-Match": etag})

    response = await world.call("PUT", f"/apis/{api_id}", json=echo_api(description="2"), headers={"If-Match": etag})

    assert response.status_code == 412
    assert (await world.ok("GET", f"/apis/{api_id}"))["description"] == "1"


async def test_known_etag_is_not_modified(world: World) -> None:
    api_id = await world.create()
    etag = (await world.call("GET", f"/apis/{api_id}")).headers["ETag"]

    response = await world.call("GET", f"/apis/{api_id}", headers={"If-None-Match": etag})

    assert (response.status_code, response.content) == (304, b"")


async def test_deleted_api_frees_its_name_and_context(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")

    assert (await world.call("DELETE", f"/apis/{api_id}")).status_code == 200

    assert (await world.call("GET", f"/apis/{api_id}")).status_code == 404
    assert await world.told(facts.Api) == {}
    assert await world.told(facts.Deployment) == {}
    await world.create(name="Other")


async def test_unknown_ids_are_404(world: World) -> None:
    for api_id in ("00000000-0000-4000-8000-000000000000", "x", "%00", "..%2f.."):
        response = await world.call("GET", f"/apis/{api_id}")
        assert response.status_code == 404, api_id


async def test_list_is_paginated_as_wso2_does(world: World) -> None:
    for number in range(3):
        await world.create(name=f"Api{number}", context=f"/api{number}")

    page = await world.ok("GET", "/apis", params={"limit": 1, "offset": 1, "sortBy": "apiName", "sortOrder": "asc"})

    assert (page["count"], [api["name"] for api in page["list"]]) == (1, ["Api1"])
    assert page["pagination"]["total"] == 3
    assert page["pagination"]["next"] == "/apis?limit=1&offset=2&sortBy=apiName&sortOrder=asc"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("chat", {"ChatApi"}),
        ("name:CHAT", {"ChatApi"}),
        ('name:"Chat"', set()),
        ("version:2", {"Ticker"}),
        ("context:/chat", {"ChatApi"}),
        ("status:CREATED", {"ChatApi", "Ticker"}),
        ("status:published", set()),
        ("tags:money", {"Ticker"}),
        ("provider:ann", {"ChatApi", "Ticker"}),
        ("name:chat name:tick", {"ChatApi", "Ticker"}),
        ("name:chat version:2", set()),
        ("100%", set()),
        ("", {"ChatApi", "Ticker"}),
    ],
)
async def test_search_finds(world: World, query: str, found: set[str]) -> None:
    await world.create(token="creator:ann", name="ChatApi", context="/chat")
    await world.create(token="creator:ann", name="Ticker", context="/ticker", version="2", tags=["money"])

    page = await world.ok("GET", "/apis", params={"query": query})

    assert {api["name"] for api in page["list"]} == found


async def test_restricted_api_is_seen_only_by_its_roles(world: World) -> None:
    api_id = await world.create(token="creator:ann", accessControl="RESTRICTED", accessControlRoles=["publisher"])

    seen = {
        token: (await world.call("GET", f"/apis/{api_id}", token=token)).status_code
        for token in ("creator:ann", "creator:bob", "publisher:eve", "admin")
    }

    assert seen == {"creator:ann": 200, "creator:bob": 404, "publisher:eve": 200, "admin": 200}
    assert (await world.ok("GET", "/apis", token="creator:bob"))["list"] == []
    assert (await world.call("DELETE", f"/apis/{api_id}", token="creator:bob")).status_code == 404
