"""Who may do what: scopes on every operation, and states that close an API to creators."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from publisher.api import ROUTERS

from .world import World, echo_api

_OPERATIONS = [
    (method, route.path.replace("{", "").replace("}", ""))
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]


@pytest.mark.parametrize(("method", "path"), _OPERATIONS)
async def test_every_operation_needs_a_token_and_a_scope(world: World, method: str, path: str) -> None:
    anonymous = await world.client.request(method, path)
    forged = await world.client.request(method, path, headers={"Authorization": "Bearer nobody"})
    subscriber = await world.client.request(method, path, headers={"Authorization": "Bearer subscriber"})

    assert (anonymous.status_code, forged.status_code, subscriber.status_code) == (401, 401, 403)
    assert "WWW-Authenticate" in anonymous.headers


@pytest.mark.parametrize(
    ("token", "method", "path"),
    [
        ("publisher", "POST", "/apis"),
        ("publisher", "DELETE", "/apis/{id}"),
        ("creator", "POST", "/apis/change-lifecycle?apiId={id}&action=Publish"),
        ("creator", "POST", "/subscriptions/block-subscription?subscriptionId=x&blockState=BLOCKED"),
        ("publisher", "POST", "/apis/{id}/restore-revision?revisionId=x"),
    ],
)
async def test_role_without_the_scope_is_forbidden(world: World, token: str, method: str, path: str) -> None:
    api_id = await world.create()

    response = await world.call(method, path.format(id=api_id), token=token, json=echo_api())

    assert response.status_code == 403


async def test_creator_may_not_touch_what_is_published(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")

    changed = await world.call("PUT", f"/apis/{api_id}", token="creator", json=echo_api(description="x"))
    deleted = await world.call("DELETE", f"/apis/{api_id}", token="creator")

    assert [(r.status_code, r.json()["code"]) for r in (changed, deleted)] == [(403, 900380)] * 2
    assert await world.state(api_id) == "PUBLISHED"


async def test_who_is_both_may_change_what_is_published(world: World) -> None:
    api_id = await world.create()
    await world.act(api_id, "Publish")

    updated = await world.ok("PUT", f"/apis/{api_id}", token="creator+publisher", json=echo_api(description="x"))

    assert updated["description"] == "x"


async def test_publisher_changes_only_the_commercial_fields(world: World) -> None:
    api_id = await world.create(description="design", isDefaultVersion=True)
    changes: dict[str, Any] = {
        "description": "mine",
        "policies": ["Bronze"],
        "tags": ["new"],
        "isDefaultVersion": False,
    }

    updated = await world.ok("PUT", f"/apis/{api_id}", token="publisher", json=echo_api(**changes))

    assert (updated["description"], updated["isDefaultVersion"]) == ("design", True)
    assert (updated["policies"], updated["tags"]) == (["Bronze"], ["new"])
