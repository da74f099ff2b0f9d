"""Endpoints: several of them, when they are left alone, what they are shown, and which an API may have."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlmodel import select

from backends.sealing import credential_context
from contracts.publisher import Deployment, Distribution, Endpoint, Suspension
from publisher.store.tables import ApiRow, OutboxRow, RevisionRow

from .world import SEAL, World, echo_api

_PASSWORD = "very-secret-indeed"
_BASIC = {"enabled": True, "type": "BASIC", "username": "user", "password": _PASSWORD}
_ADVANCED = {
    "suspendErrorCode": ["101503", 101504],
    "suspendDuration": "1000",
    "suspendMaxDuration": 60000,
    "factor": "2",
}


def _config(**changes: Any) -> dict[str, Any]:
    config = {"endpoint_type": "ws", "production_endpoints": {"url": "ws://a"}, **changes}
    return {"endpointConfig": {name: value for name, value in config.items() if value is not ...}}


def _secured(security: Any, **changes: Any) -> dict[str, Any]:
    return _config(endpoint_security={"production": security}, **changes)


async def _publish(world: World, api_id: str) -> Endpoint:
    await world.ok("POST", f"/apis/{api_id}/revisions", json={})
    revisions = (await world.ok("GET", f"/apis/{api_id}/revisions"))["list"]
    params = {"revisionId": revisions[-1]["id"]}
    await world.ok("POST", f"/apis/{api_id}/deploy-revision", params=params, json=[{"name": "Default"}])
    endpoint = (await world.told(Deployment))[f"{api_id}:Default"].production_endpoint
    assert endpoint is not None
    return endpoint


async def _told(world: World, **changes: Any) -> Endpoint:
    return await _publish(world, await world.create(**changes))


def _opened(endpoint: Endpoint, api_id: str, key_type: str = "PRODUCTION") -> tuple[str, str]:
    assert endpoint.security is not None
    context = credential_context(api_id=api_id, key_type=key_type)
    return endpoint.security.header, SEAL.open_text(endpoint.security.sealed_value, context=context)


async def test_advanced_configuration_is_told_from_texts_and_numbers(world: World) -> None:
    endpoint = {"url": "ws://a", "config": {**_ADVANCED, "connectTimeout": 500, "retryTimeOut": ""}}

    told = await _told(world, **_config(production_endpoints=endpoint))

    assert told.suspension == Suspension(
        error_codes=(101503, 101504), duration_ms=1000, max_duration_ms=60000, factor=2.0
    )
    assert told.connect_timeout_ms == 500


async def test_empty_advanced_configuration_says_nothing(world: World) -> None:
    empty = {"suspendErrorCode": [], "suspendDuration": "", "suspendMaxDuration": "", "factor": ""}

    told = await _told(world, **_config(production_endpoints={"url": "ws://a", "config": empty}))

    assert told == Endpoint(url="ws://a")


async def test_load_balance_and_failover_tell_all_backends_in_order(world: World) -> None:
    in_turn = await _told(
        world,
        **_config(
            endpoint_type="load_balance",
            algoCombo="org.apache.synapse.endpoints.algorithms.RoundRobin",
            sessionManagement="none",
            production_endpoints=[{"url": "ws://a", "config": _ADVANCED}, {"url": "ws://later"}],
        ),
    )
    in_order = await _told(
        world,
        name="Other",
        context="/other",
        **_config(endpoint_type="failover", production_failovers=[{"url": "ws://later"}, {"url": "wss://b.example"}]),
    )

    assert (in_turn.url, in_turn.further_urls) == ("ws://a", ("ws://later",))
    assert in_turn.distribution is Distribution.ROUND_ROBIN
    assert in_turn.suspension is not None
    assert (in_order.url, in_order.further_urls) == ("ws://a", ("ws://later", "wss://b.example"))
    assert in_order.distribution is Distribution.FAILOVER


_PRODUCTION, _FAILOVER = "/endpointConfig/production_endpoints", "/endpointConfig/production_failovers/0/url"
_SANDBOX, _PLACE = "/endpointConfig/sandbox_endpoints/url", f"{_PRODUCTION}/config"
_FIRST, _OTHER = {"url": "ws://a", "config": _ADVANCED}, {"connectTimeout": 500}


def _several(*backends: dict[str, Any]) -> dict[str, Any]:
    return _config(endpoint_type="load_balance", production_endpoints=list(backends))


def _url(url: str) -> dict[str, Any]:
    return _config(production_endpoints={"url": url})


def _advanced(**config: Any) -> dict[str, Any]:
    return _config(production_endpoints={"url": "ws://a", "config": config})


_BAD: list[tuple[str, dict[str, Any], str]] = [
    ("dynamic endpoint", _config(endpoint_type="default"), "/endpointConfig/endpoint_type"),
    ("list for one", _config(production_endpoints=[{"url": "ws://a"}]), _PRODUCTION),
    ("bad one of several", _several({"url": "ws://a"}, {"url": "x"}), f"{_PRODUCTION}/1/url"),
    ("too many", _several(*[{"url": "ws://a"}] * 21), _PRODUCTION),
    ("other algorithm", _config(endpoint_type="load_balance", algoCombo="x.Weighted"), "/endpointConfig/algoCombo"),
    ("bad failover", _config(endpoint_type="failover", production_failovers=[{}]), _FAILOVER),
    ("two configurations", _several(_FIRST, {"url": "ws://a", "config": _OTHER}), f"{_PRODUCTION}/1/config"),
    ("config that is none", _config(production_endpoints={"url": "ws://a", "config": 5}), f"{_PRODUCTION}/config"),
    ("unknown code", _advanced(suspendErrorCode=["500"], suspendDuration=5), f"{_PLACE}/suspendErrorCode"),
    ("codes alone", _advanced(suspendErrorCode=["101503"]), f"{_PLACE}/suspendDuration"),
    ("no number", _advanced(suspendDuration="soon"), f"{_PLACE}/suspendDuration"),
    ("truth", _advanced(suspendDuration=True), f"{_PLACE}/suspendDuration"),
    ("shrinking factor", _advanced(suspendDuration=5, factor=0.5), f"{_PLACE}/factor"),
    ("maximum below", _advanced(suspendDuration=5, suspendMaxDuration=4), f"{_PLACE}/suspendMaxDuration"),
    ("no patience", _advanced(connectTimeout=1), f"{_PLACE}/connectTimeout"),
    ("loopback", _url("ws://[::ffff:10.0.0.1]"), f"{_PRODUCTION}/url"),
    ("metadata service", _url("ws://169.254.169.254"), f"{_PRODUCTION}/url"),
    ("decimal address", _url("ws://2130706433"), f"{_PRODUCTION}/url"),
    ("short address", _url("ws://127.1"), f"{_PRODUCTION}/url"),
    ("percent", _url("ws://%31%32%37.0.0.1"), f"{_PRODUCTION}/url"),
    ("own name", _url("ws://kafka"), f"{_PRODUCTION}/url"),
    ("database's port", _url("ws://public.test:5432"), f"{_PRODUCTION}/url"),
    ("private by name", _url("wss://private.test"), f"{_PRODUCTION}/url"),
    ("one of two addresses", _url("wss://half.test"), f"{_PRODUCTION}/url"),
    ("private sandbox", _config(sandbox_endpoints={"url": "wss://private.test"}), _SANDBOX),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "pointer"), [bad[1:] for bad in _BAD], ids=[bad[0] for bad in _BAD])
async def test_bad_endpoint_is_refused_with_a_pointer(world: World, changes: dict[str, Any], pointer: str) -> None:
    response = await world.call("POST", "/apis", token="creator", json=echo_api(**changes))

    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["pointer"] == pointer, response.text
    assert response.json()["code"] == (900702 if "config/" in pointer or pointer.endswith("/config") else 900346)


@pytest.mark.parametrize("url", ["wss://public.test/x", "wss://unknown.test", "ws://127.0.0.1:5432"])
async def test_public_unknown_and_allowed_hosts_are_accepted(world: World, url: str) -> None:
    assert (await _told(world, **_config(production_endpoints={"url": url}))).url == url


async def test_url_that_an_api_has_is_not_looked_up_again(world: World) -> None:
    api_id = await world.create(**_config(production_endpoints={"url": "wss://unknown.test"}))
    look_ups = world.look_ups.asked
    asked = list(look_ups)

    await world.ok(
        "PUT", f"/apis/{api_id}", json=echo_api(**_config(production_endpoints={"url": "wss://unknown.test"}))
    )

    assert "unknown.test" in asked
    assert look_ups == asked


@pytest.mark.parametrize(
    ("security", "header"),
    [
        (_BASIC, ("Authorization", "Basic dXNlcjp2ZXJ5LXNlY3JldC1pbmRlZWQ=")),
        ({"enabled": True, "type": "bearer", "token": _PASSWORD}, ("Authorization", f"Bearer {_PASSWORD}")),
        ({"enabled": True, "type": "OAUTH", "token": _PASSWORD}, ("Authorization", f"Bearer {_PASSWORD}")),
        (
            {"enabled": True, "type": "APIKEY", "apiKeyIdentifier": "X-Key", "apiKeyValue": _PASSWORD},
            ("X-Key", _PASSWORD),
        ),
    ],
)
async def test_credential_is_told_sealed_and_nowhere_in_the_open(
    any_world: World, security: dict[str, Any], header: tuple[str, str]
) -> None:
    world = any_world
    created = await world.call("POST", "/apis", token="creator", json=echo_api(**_secured(security)))
    api_id = created.json()["id"]

    endpoint = await _publish(world, api_id)
    read = await world.call("GET", f"/apis/{api_id}")

    assert _opened(endpoint, api_id) == header
    async with world.publisher.database.reading() as session:
        stored = [*await session.scalars(select(ApiRow.document)), *await session.scalars(select(RevisionRow.document))]
        told = [row.value for row in await session.scalars(select(OutboxRow))]
    for text in (created.text, read.text, json.dumps(stored), str(told)):
        assert _PASSWORD not in text
    assert read.json()["endpointConfig"] == created.json()["endpointConfig"]
    assert "sealed" not in read.text.lower()


@pytest.mark.parametrize("password", ["", "******", ...])
async def test_password_that_is_written_as_it_was_read_stays(world: World, password: Any) -> None:
    api_id = await world.create(**_secured(_BASIC))
    masked = {**_BASIC, "password": password}
    masked = {name: value for name, value in masked.items() if value is not ...}

    await world.ok(
        "PUT", f"/apis/{api_id}", json=echo_api(**_secured(masked, production_endpoints={"url": "ws://later"}))
    )

    endpoint = await _publish(world, api_id)
    assert (endpoint.url, _opened(endpoint, api_id)[1]) == ("ws://later", "Basic dXNlcjp2ZXJ5LXNlY3JldC1pbmRlZWQ=")


async def test_new_password_takes_the_place_of_the_old(world: World) -> None:
    api_id = await world.create(**_secured(_BASIC))

    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(**_secured({**_BASIC, "password": "new"})))

    assert _opened(await _publish(world, api_id), api_id)[1] == "Basic dXNlcjpuZXc="


async def test_publisher_who_may_not_create_leaves_credentials_alone(world: World) -> None:
    api_id = await world.create(**_secured(_BASIC))

    await world.ok("PUT", f"/apis/{api_id}", token="publisher", json=echo_api(tags=["x"], **_config()))

    assert _opened(await _publish(world, api_id), api_id)[0] == "Authorization"


_SECURITY = "/endpointConfig/endpoint_security"


def _key(name: str, **more: Any) -> dict[str, Any]:
    return {"enabled": True, "type": "APIKEY", "apiKeyIdentifier": name, "apiKeyValue": "s", **more}


_BAD_SECURITY: list[tuple[str, Any, str]] = [
    ("no object", "BASIC", ""),
    ("unknown type", {"enabled": True, "type": "DIGEST"}, "/type"),
    ("no password", {"enabled": True, "type": "BASIC", "username": "user"}, "/password"),
    ("masked from the start", {**_BASIC, "password": "***"}, "/password"),
    ("no user", {**_BASIC, "username": ""}, "/username"),
    ("colon in the user", {**_BASIC, "username": "a:b"}, "/username"),
    ("line break", {**_BASIC, "password": "a\r\nX: y"}, "/password"),
    ("token with white space", {"enabled": True, "type": "BEARER", "token": "a b"}, "/token"),
    ("grant", {"enabled": True, "type": "OAUTH", "clientSecret": "s"}, "/clientSecret"),
    ("custom parameters", {**_BASIC, "customParameters": {"a": "b"}}, "/customParameters"),
    ("unknown member", {**_BASIC, "proxyPassword": "s"}, "/proxyPassword"),
    ("header that is none", _key("a b"), "/apiKeyIdentifier"),
    ("gateway's header", _key("Sec-WebSocket-Key"), "/apiKeyIdentifier"),
    ("key in the URL", _key("k", apiKeyIdentifierType="QUERY_PARAMETER"), "/apiKeyIdentifierType"),
    ("sealed by oneself", {**_BASIC, "password": "", "sealedHeader": "x"}, "/password"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("security", "pointer"), [bad[1:] for bad in _BAD_SECURITY], ids=[bad[0] for bad in _BAD_SECURITY]
)
async def test_bad_security_is_refused_with_a_pointer(world: World, security: Any, pointer: str) -> None:
    response = await world.call("POST", "/apis", token="creator", json=echo_api(**_secured(security)))

    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["pointer"] == f"{_SECURITY}/production{pointer}", response.text


@pytest.mark.parametrize(
    "changed",
    [
        {**_BASIC, "username": "other", "password": ""},
        {"enabled": True, "type": "BEARER", "token": ""},
    ],
)
async def test_secret_is_not_kept_for_another_user_or_type(world: World, changed: dict[str, Any]) -> None:
    api_id = await world.create(**_secured(_BASIC))

    response = await world.call("PUT", f"/apis/{api_id}", json=echo_api(**_secured(changed)))

    assert response.status_code == 400


async def test_security_that_is_switched_off_is_forgotten(world: World) -> None:
    api_id = await world.create(**_secured(_BASIC))

    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(**_secured({**_BASIC, "enabled": False})))
    again = await world.call("PUT", f"/apis/{api_id}", json=echo_api(**_secured({**_BASIC, "password": ""})))

    assert (await _publish(world, api_id)).security is None
    assert again.status_code == 400
