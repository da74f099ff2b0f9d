"""What must be refused, with which answer, and that a refusal leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from .world import World

APPLICATION: dict[str, Any] = {"name": "ChatApp", "throttlingPolicy": "Unlimited"}
KEYS: dict[str, Any] = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "   "}, "/name"),
        ({"name": " x"}, "/name"),
        ({"name": "a/b"}, "/name"),
        ({"name": "a<script>"}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"name": "a\u202eb"}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": None}, "/name"),
        ({"throttlingPolicy": "Gold"}, "/throttlingPolicy"),
        ({"throttlingPolicy": "Platinum"}, "/throttlingPolicy"),
        ({"throttlingPolicy": None}, "/throttlingPolicy"),
        ({"tokenType": "OPAQUE"}, "/tokenType"),
        ({"tokenType": "jwt"}, "/tokenType"),
        ({"description": "x" * 513}, "/description"),
        ({"description": "a\0b"}, ""),
        ({"attributes": {"a": 1}}, "/attributes/a"),
        ({"attributes": {"a\0": "1"}}, ""),
        ({"attributes": []}, "/attributes"),
        ({"groups": "team"}, "/groups"),
        ({"visibility": "WORLD"}, "/visibility"),
        ({"hashEnabled": "yes"}, "/hashEnabled"),
        ({"token_type": "JWT"}, "/token_type"),
        ({"unknown": 1}, "/unknown"),
        ({"sluice": {}}, "/sluice"),
    ],
)
async def test_malformed_application_is_refused(world: World, changes: dict[str, Any], pointer: str) -> None:
    kept = await world.application("Kept")
    before = await world.row_counts()

    created = await world.call("POST", "/applications", json=APPLICATION | changes)
    changed = await world.call("PUT", f"/applications/{kept}", json=APPLICATION | changes)

    for response in (created, changed):
        assert response.status_code == 400, response.text
        assert response.headers["content-type"] == "application/problem+json"
        assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert await world.row_counts() == before


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"keyType": "TEST"}, "/keyType"),
        ({"keyType": None}, "/keyType"),
        ({"keyManager": "Okta"}, "/keyManager"),
        ({"grantTypesToBeSupported": []}, "/grantTypesToBeSupported"),
        ({"grantTypesToBeSupported": None}, "/grantTypesToBeSupported"),
        ({"grantTypesToBeSupported": ["a b"]}, "/grantTypesToBeSupported/0"),
        ({"grantTypesToBeSupported": ["authorization_code"]}, "/callbackUrl"),
        ({"grantTypesToBeSupported": ["authorization_code"], "callbackUrl": ""}, "/callbackUrl"),
        ({"callbackUrl": "javascript:alert(1)"}, "/callbackUrl"),
        ({"callbackUrl": "/relative"}, "/callbackUrl"),
        ({"callbackUrl": "https://app.example/#part"}, "/callbackUrl"),
        ({"callbackUrl": "https://[broken"}, "/callbackUrl"),
        ({"callbackUrl": "https://user@app.example/"}, "/callbackUrl"),
        ({"validityTime": -1}, "/validityTime"),
        ({"validityTime": 0}, "/validityTime"),
        ({"validityTime": "3600"}, "/validityTime"),
        ({"validityTime": True}, "/validityTime"),
        ({"validityTime": 1.5}, "/validityTime"),
        ({"validityTime": 10**30}, "/validityTime"),
        ({"additionalProperties": "x"}, "/additionalProperties"),
        ({"additionalProperties": {"a": "\0"}}, ""),
        ({"scopes": ["a b"]}, "/scopes/0"),
        ({"unknown": 1}, "/unknown"),
    ],
)
async def test_malformed_key_request_is_refused(world: World, changes: dict[str, Any], pointer: str) -> None:
    application_id = await world.application()
    before = await world.row_counts()

    response = await world.call("POST", f"/applications/{application_id}/generate-keys", json=KEYS | changes)

    assert response.status_code == 400, response.text
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert await world.row_counts() == before
    assert world.keymanager.keys == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"name": "a", "throttlingPolicy": "Unlimited", "attributes": {"a": "\\ud800"}}',
        b'{"name": "a", "throttlingPolicy": "Unlimited", "keys": NaN}',
        b'{"name": "a", "throttlingPolicy": "Unlimited", "keys": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"name": "a", "throttlingPolicy": "Unlimited", "keys": ' + b"[" * 100_000 + b"}",
        b"\xff\xfe",
    ],
)
async def test_body_that_is_no_usable_json_is_refused(world: World, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    response = await world.call("POST", "/applications", content=body, headers=headers)

    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"


async def test_huge_body_is_refused(world: World) -> None:
    headers = {"Content-Type": "application/json"}

    response = await world.call("POST", "/applications", content=b"x" * 10_000_000, headers=headers)

    assert response.status_code == 413


@pytest.mark.parametrize("body", [{}, [], [{}], "x"])
async def test_malformed_subscription_is_refused(world: World, body: Any) -> None:
    for path in ("/subscriptions", "/subscriptions/multiple"):
        response = await world.call("POST", path, json=body)
        assert response.status_code == 400, response.text


@pytest.mark.parametrize(
    ("method", "path", "scopes"),
    [
        ("GET", "/applications", "apim:sub_manage"),
        ("POST", "/applications", "apim:api_view"),
        ("GET", "/subscriptions?apiId=x", "apim:app_manage"),
        ("POST", "/subscriptions", "apim:api_create"),
    ],
)
async def test_token_without_the_scope_is_forbidden(world: World, method: str, path: str, scopes: str) -> None:
    response = await world.call(method, path, token=f"scopes={scopes}/sue", json={} if method == "POST" else None)

    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/applications", "/applications/x", "/applications/x/oauth-keys", "/subscriptions/x"])
async def test_anonymous_is_asked_for_credentials(world: World, path: str) -> None:
    response = await world.call("GET", path, token=None)

    assert response.status_code == 401


@pytest.mark.parametrize("path", ["/applications/%00", "/applications/x/oauth-keys", "/subscriptions/%00"])
async def test_id_that_is_none_is_not_found(world: World, path: str) -> None:
    assert (await world.call("GET", path)).status_code == 404


@pytest.mark.parametrize("query", ["sortBy=owner", "sortOrder=up", "query=%00", "limit=1001"])
async def test_malformed_query_is_refused(world: World, query: str) -> None:
    assert (await world.call("GET", f"/applications?{query}")).status_code == 400
