"""Open sessions and bans by REST. Gateways are played by facts on the bus."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backing.eventually import eventually
from backing.gateway_facts import create_gateway_topics, open_session, tell_sessions
from contracts.gateway import Session
from contracts.publisher import SessionBan

from .world import World


@pytest.fixture(autouse=True)
async def session_feed(world: World) -> AsyncIterator[None]:
    await create_gateway_topics(world.bus)
    running = asyncio.create_task(world.publisher.session_feed.run())
    yield
    running.cancel()
    await asyncio.wait([running])


async def gateway_tells(world: World, *sessions: Session) -> None:
    await tell_sessions(world.bus, *sessions)

    async def are_known() -> bool:
        return all(world.publisher.session_feed.find(session.id) for session in sessions)

    await eventually(are_known, within=timedelta(seconds=10), message="the publisher knows the sessions")


def session(api_id: str, name: str = "e1", **changes: object) -> Session:
    return open_session(name, api_id=api_id, **changes)


async def listed(world: World, *, token: str = "creator", **params: str) -> list[str]:
    answer = await world.ok("GET", "/sessions", token=token, params=params)
    return [each["sessionId"] for each in answer["list"]]


async def test_open_sessions_are_listed_with_what_they_carried(world: World) -> None:
    api_id = await world.create()
    await gateway_tells(world, session(api_id))

    answer = await world.ok("GET", "/sessions", token="publisher")

    assert answer["count"] == 1
    found = answer["list"][0]
    assert (found["sessionId"], found["apiId"], found["user"], found["gatewayId"]) == ("e1", api_id, "sue", "g1")
    assert (found["plan"], found["clientAddress"], found["messagesFromClient"]) == ("Gold", "192.0.2.1", 3)


@pytest.mark.parametrize(
    "params", [{"user": "bob"}, {"plan": "Silver"}, {"address": "192.0.2.2"}, {"applicationId": "app2"}]
)
async def test_each_filter_finds_its_own(world: World, params: dict[str, str]) -> None:
    api_id = await world.create()
    other = session(api_id, "e2", user="bob", plan="Silver", client_address="192.0.2.2", application_id="app2")
    await gateway_tells(world, session(api_id), other)

    assert await listed(world, **params) == ["e2"]


async def test_list_is_cut_into_pages(world: World) -> None:
    api_id = await world.create()
    await gateway_tells(world, *(session(api_id, f"e{number}") for number in range(3)))

    answer = await world.ok("GET", "/sessions", params={"limit": 2, "apiId": api_id})

    assert answer["count"] == 2
    assert answer["pagination"]["total"] == 3
    assert answer["pagination"]["next"] == f"/sessions?limit=2&offset=2&apiId={api_id}"


async def test_sessions_of_an_api_that_one_may_not_see_do_not_exist(world: World) -> None:
    hidden = await world.create(accessControl="RESTRICTED", accessControlRoles=["secret"])
    await gateway_tells(world, session(hidden))

    assert await listed(world, token="publisher:mallory") == []
    killed = await world.call("DELETE", "/sessions/e1", token="publisher:mallory")
    assert killed.status_code == 404
    assert await world.told(SessionBan) == {}


async def test_killing_a_session_is_a_ban_that_is_over_at_once(world: World) -> None:
    await gateway_tells(world, session(await world.create()))

    answer = await world.call("DELETE", "/sessions/e1", token="publisher:carl", params={"reason": "floods"})

    assert answer.status_code == 200
    fact = (await world.told(SessionBan))[answer.json()["banId"]]
    assert (fact.session_id, fact.until, fact.reason, fact.banned_by) == ("e1", fact.banned_at, "floods", "carl")
    assert (await world.ok("GET", "/session-bans", token="publisher"))["count"] == 0


async def test_killing_by_selectors_needs_one(world: World) -> None:
    api_id = await world.create()

    without = await world.call("DELETE", "/sessions", token="publisher")
    within = await world.ok("DELETE", "/sessions", token="publisher", params={"apiId": api_id, "user": "sue"})

    assert without.status_code == 400
    fact = (await world.told(SessionBan))[within["banId"]]
    assert (fact.api_id, fact.user, fact.session_id) == (api_id, "sue", None)


async def test_ban_is_told_listed_and_lifted(world: World) -> None:
    body = {"apiId": await world.create(), "address": "2001:DB8::1", "minutes": 10, "reason": "abuse"}

    made = await world.call("POST", "/session-bans", token="publisher:carl", json=body)

    assert made.status_code == 201
    ban_id = made.json()["banId"]
    assert made.headers["location"].endswith(f"/session-bans/{ban_id}")
    fact = (await world.told(SessionBan))[ban_id]
    assert (fact.address, fact.until - fact.banned_at) == ("2001:db8::1", timedelta(minutes=10))
    assert (await world.ok("GET", "/session-bans", token="publisher"))["list"] == [made.json()]
    assert await world.ok("GET", f"/session-bans/{ban_id}", token="publisher") == made.json()
    await world.ok("DELETE", f"/session-bans/{ban_id}", token="publisher")
    assert await world.told(SessionBan) == {}
    assert (await world.call("GET", f"/session-bans/{ban_id}", token="publisher")).status_code == 404


async def test_only_an_admin_reaches_over_all_apis(world: World) -> None:
    body = {"user": "mallory", "minutes": 60}

    by_publisher = await world.call("POST", "/session-bans", token="publisher", json=body)
    by_admin = await world.call("POST", "/session-bans", token="admin", json=body)

    assert (by_publisher.status_code, by_admin.status_code) == (403, 201)
    assert [fact.user for fact in (await world.told(SessionBan)).values()] == ["mallory"]


async def test_creator_may_look_but_not_end(world: World) -> None:
    await gateway_tells(world, session(await world.create()))

    assert await listed(world, token="creator") == ["e1"]
    assert (await world.call("DELETE", "/sessions/e1", token="creator")).status_code == 403
    assert (await world.call("GET", "/sessions", token="subscriber")).status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"user": ""}, "/user"),
        ({"user": "a\nb"}, "/user"),
        ({"address": "localhost"}, "/address"),
        ({"address": "10.0.0.0/8"}, "/address"),
        ({"user": "x", "minutes": -1}, "/minutes"),
        ({"user": "x", "minutes": 1441}, "/minutes"),
        ({"applicationId": "x" * 256}, "/applicationId"),
        ({"user": "x", "colour": "red"}, "/colour"),
    ],
)
async def test_bad_ban_is_400_with_a_pointer_and_nothing_is_told(
    world: World, body: dict[str, object], pointer: str
) -> None:
    answer = await world.call("POST", "/session-bans", token="admin", json=body)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await world.told(SessionBan) == {}


@pytest.mark.parametrize(
    "path",
    ["/sessions/unknown", f"/session-bans/{uuid.uuid4()}", "/session-bans/no-id"],
    ids=["session", "ban", "no id of a ban"],
)
async def test_unknown_is_404(world: World, path: str) -> None:
    assert (await world.call("DELETE", path, token="admin")).status_code == 404
