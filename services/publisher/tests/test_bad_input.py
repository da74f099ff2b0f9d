"""What must be refused, with which answer, and that a refusal leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .world import World, echo_api


def _endpoint(url: Any, **more: Any) -> dict[str, Any]:
    return {"endpointConfig": {"endpoint_type": "ws", "production_endpoints": {"url": url}, **more}}


_BAD_BODIES: list[tuple[str, dict[str, Any], int, str]] = [
    ("no name", {"name": ...}, 900702, "/name"),
    ("no context", {"context": ...}, 900702, "/context"),
    ("no version", {"version": ...}, 900702, "/version"),
    ("name of a wrong type", {"name": 5}, 900702, "/name"),
    ("tags of a wrong type", {"tags": "demo"}, 900702, "/tags"),
    ("unknown field", {"colour": "red"}, 900702, "/colour"),
    ("unknown nested field", {"operations": [{"target": "/*", "verb": "PUBLISH", "x": 1}]}, 900702, "/operations/0/x"),
    ("name with a slash", {"name": "a/b"}, 900706, "/name"),
    ("blank name", {"name": "  "}, 900705, "/name"),
    ("long name", {"name": "n" * 151}, 900704, "/name"),
    ("NUL in the name", {"name": "a\0b"}, 900702, ""),
    ("half a surrogate pair", {"description": "\ud800"}, 900702, ""),
    ("blank context", {"context": "/"}, 900705, "/context"),
    ("context with an empty segment", {"context": "/a//b"}, 900253, "/context"),
    ("context that climbs", {"context": "/a/../b"}, 900253, "/context"),
    ("context with a query", {"context": "/a?b"}, 900253, "/context"),
    ("context with white space", {"context": "/a b"}, 900253, "/context"),
    ("context of a version alone", {"context": "/{version}"}, 900253, "/context"),
    ("context of the gateway's own", {"context": "health"}, 900253, "/context"),
    ("long context", {"context": "/" + "c" * 232}, 900704, "/context"),
    ("version with a slash", {"version": "1/0"}, 900706, "/version"),
    ("version that climbs", {"version": ".."}, 900706, "/version"),
    ("long version", {"version": "1" * 31}, 900704, "/version"),
    ("long description", {"description": "d" * 32_767}, 900704, "/description"),
    ("REST API", {"type": "HTTP"}, 900702, "/type"),
    ("http endpoint", _endpoint("http://localhost:9000"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint with userinfo", _endpoint("ws://me:pw@host"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint with a fragment", _endpoint("ws://host/#a"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint without a host", _endpoint("ws:///path"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint with port 0", _endpoint("ws://host:0"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint with port 70000", _endpoint("ws://host:70000"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint with white space", _endpoint("ws://host/a b"), 900346, "/endpointConfig/production_endpoints/url"),
    ("endpoint that is a number", _endpoint(5), 900346, "/endpointConfig/production_endpoints/url"),
    (
        "bad sandbox",
        _endpoint("ws://a", sandbox_endpoints={"url": "x"}),
        900346,
        "/endpointConfig/sandbox_endpoints/url",
    ),
    ("endpoint of another type", _endpoint("ws://a", endpoint_type="http"), 900346, "/endpointConfig/endpoint_type"),
    ("unknown plan", {"policies": ["Platinum"]}, 900702, "/policies"),
    ("application plan", {"policies": ["50PerMin"]}, 900702, "/policies"),
    ("unknown API plan", {"apiThrottlingPolicy": "Gold"}, 900702, "/apiThrottlingPolicy"),
    ("no oauth2", {"securityScheme": ["basic_auth"]}, 900702, "/securityScheme"),
    ("bad verb", {"operations": [{"target": "/*", "verb": "GET"}]}, 900702, "/operations/0/verb"),
    ("bad target", {"operations": [{"target": "x", "verb": "PUBLISH"}]}, 900702, "/operations/0/target"),
    ("operation twice", {"operations": [{"target": "/*", "verb": "PUBLISH"}] * 2}, 900702, "/operations/1"),
    (
        "undeclared scope",
        {"operations": [{"target": "/*", "verb": "PUBLISH", "scopes": ["s"]}]},
        900702,
        "/operations/0/scopes",
    ),
    ("platform's scope", {"scopes": [{"scope": {"name": "apim:admin"}}]}, 900702, "/scopes/0/scope/name"),
    ("restricted to nobody", {"visibility": "RESTRICTED"}, 900702, "/visibleRoles"),
    ("header that is none", {"authorizationHeader": "a b"}, 900702, "/authorizationHeader"),
]


@pytest.mark.parametrize(("changes", "code", "pointer"), [b[1:] for b in _BAD_BODIES], ids=[b[0] for b in _BAD_BODIES])
async def test_bad_api_is_refused_and_leaves_nothing(
    world: World, changes: dict[str, Any], code: int, pointer: str
) -> None:
    before = await world.row_counts()

    created = await world.call("POST", "/apis", token="creator", content=json.dumps(echo_api(**changes)), headers=_JSON)

    body = created.json()
    assert (created.status_code, created.headers["content-type"]) == (400, "application/problem+json")
    assert body["code"] == code, body
    assert pointer in [error["pointer"] for error in body["errors"]], body
    assert await world.row_counts() == before


_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "5",
        '{"name": NaN}',
        '{"maxTps": {"production": 1e999}}',
        "[" * 5000,
        '{"maxTps":' * 100 + "1" + "}" * 100,
    ],
)
async def test_bad_json_is_400(world: World, content: str) -> None:
    response = await world.call("POST", "/apis", token="creator", content=content, headers=_JSON)

    assert response.status_code == 400


async def test_body_of_10_mb_is_413(world: World) -> None:
    body = echo_api(description="d" * 10_000_000)

    response = await world.call("POST", "/apis", token="creator", json=body)

    assert response.status_code == 413


async def test_definition_too_large_for_the_bus_is_413(world: World) -> None:
    before = await world.row_counts()

    response = await world.call(
        "POST", "/apis", token="creator", json=echo_api(tags=[f"t{n:0>200}" for n in range(3200)])
    )

    assert response.status_code == 413
    assert await world.row_counts() == before


async def test_bad_update_changes_nothing(world: World) -> None:
    api_id = await world.create()
    before, api = await world.row_counts(), await world.ok("GET", f"/apis/{api_id}")

    for changes in (_endpoint("http://x"), {"policies": ["Platinum"]}, {"colour": "red"}):
        response = await world.call("PUT", f"/apis/{api_id}", json=echo_api(**changes))
        assert response.status_code == 400

    assert await world.row_counts() == before
    assert await world.ok("GET", f"/apis/{api_id}") == api


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "x"},
        {"offset": "-1"},
        {"sortBy": "price"},
        {"sortOrder": "up"},
        {"query": "colour:red"},
    ],
)
async def test_bad_list_parameters_are_400(world: World, params: dict[str, str]) -> None:
    response = await world.call("GET", "/apis", params=params)

    assert response.status_code == 400


async def test_scheme_is_not_case_sensitive_and_other_schemes_stay(world: World) -> None:
    api_id = await world.create(**_endpoint("WSS://[::1]:8443/x?y=z"), securityScheme=["oauth2", "api_key"])

    assert (await world.ok("GET", f"/apis/{api_id}"))["securityScheme"] == ["oauth2", "api_key"]
