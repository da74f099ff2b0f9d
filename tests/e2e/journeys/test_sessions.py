"""Open sessions are seen by who publishes the API and by who owns the application, and ended from there."""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.asyncio.client import connect

from e2e.clients.control import ControlPlane, Person, expect
from e2e.clients.gateway import bearer
from e2e.journeys.tutorial import expect_echo, expect_refusal, subscribed
from e2e.journeys.waiting import soon


async def the_session_of(person: Person, api_id: str) -> dict[str, Any]:  # JSON
    """The one open session of the API, once the gateway has told it."""

    async def is_listed() -> dict[str, Any]:
        found = expect(await person.publisher.get("/sessions", params={"apiId": api_id}))["list"]
        assert len(found) == 1, found
        return dict(found[0])

    return await soon(is_listed, "the session is listed")


async def test_session_is_seen_from_both_sides_and_killed_on_whichever_gateway_it_is(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    publisher = await control.person("publisher")
    async with connect(tutorial.url, additional_headers=bearer(tutorial.token)) as socket:
        await socket.send("hello")
        session = await the_session_of(publisher, tutorial.api["id"])
        own = expect(
            await tutorial.subscriber.devportal.get("/sessions", params={"applicationId": tutorial.keys.application_id})
        )["list"]

        expect(await publisher.publisher.delete(f"/sessions/{session['sessionId']}"))

        await asyncio.wait_for(socket.wait_closed(), 10)
        assert socket.close_code == 1008
    assert session["user"] == tutorial.subscriber.name
    assert [each["sessionId"] for each in own] == [session["sessionId"]]
    # A kill ends what is open; it keeps nobody from coming back.
    await expect_echo(tutorial.url, tutorial.token)


async def test_banned_user_is_out_until_the_ban_is_lifted(control: ControlPlane) -> None:
    tutorial = await subscribed(control)
    publisher = await control.person("publisher")
    body = {"apiId": tutorial.api["id"], "user": tutorial.subscriber.name, "minutes": 5, "reason": "floods"}
    async with connect(tutorial.url, additional_headers=bearer(tutorial.token)) as socket:
        ban = expect(await publisher.publisher.post("/session-bans", json=body), 201)

        await asyncio.wait_for(socket.wait_closed(), 10)
        assert socket.close_code == 1008
    await expect_refusal(tutorial.url, 403, token=tutorial.token)

    expect(await publisher.publisher.delete(f"/session-bans/{ban['banId']}"))

    await expect_echo(tutorial.url, tutorial.token)
