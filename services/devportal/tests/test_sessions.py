"""Open sessions of one's applications. A gateway is played by facts on the bus."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backing.eventually import eventually
from backing.gateway_facts import create_gateway_topics, open_session, tell_sessions
from contracts.gateway import Session

from .world import World


@pytest.fixture(autouse=True)
async def session_feed(world: World) -> AsyncIterator[None]:
    await create_gateway_topics(world.bus)
    running = asyncio.create_task(world.devportal.session_feed.run())
    yield
    running.cancel()
    await asyncio.wait([running])


async def gateway_tells(world: World, *sessions: Session) -> None:
    await tell_sessions(world.bus, *sessions)

    async def are_known() -> bool:
        return all(world.devportal.session_feed.find(session.id) for session in sessions)

    await eventually(are_known, within=timedelta(seconds=10), message="the devportal knows the sessions")


async def listed(world: World, *, token: str = "sue", **params: str) -> list[str]:
    answer = await world.ok("GET", "/sessions", token=token, params=params)
    return [each["sessionId"] for each in answer["list"]]


async def test_owner_sees_the_sessions_of_her_applications_and_of_no_others(world: World) -> None:
    hers, his = await world.application(), await world.application(token="bob")
    await gateway_tells(
        world,
        open_session("e1", api_id="a1", application_id=hers),
        open_session("e2", api_id="a1", application_id=his),
        open_session("e3", api_id="a1", application_id=""),
    )

    assert await listed(world, token="sue") == ["e1"]
    assert await listed(world, token="bob") == ["e2"]


async def test_sessions_of_one_application_or_api(world: World) -> None:
    chat, game = await world.application("Chat"), await world.application("Game")
    await gateway_tells(
        world,
        open_session("e1", api_id="a1", application_id=chat),
        open_session("e2", api_id="a2", application_id=chat),
        open_session("e3", api_id="a1", application_id=game),
    )

    assert await listed(world, applicationId=chat) == ["e1", "e2"]
    assert await listed(world, apiId="a1") == ["e1", "e3"]
    assert await listed(world, applicationId=chat, apiId="a2") == ["e2"]


async def test_anothers_application_is_404(world: World) -> None:
    his = await world.application(token="bob")
    await gateway_tells(world, open_session("e1", api_id="a1", application_id=his))

    for application_id in (his, str(uuid.uuid4()), "no-id"):
        answer = await world.call("GET", "/sessions", params={"applicationId": application_id})

        assert answer.status_code == 404


async def test_anonymous_sees_none(world: World) -> None:
    assert (await world.call("GET", "/sessions", token=None)).status_code == 401
