"""Services come and go; the gateway serves on, from what it knows."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import connect

from e2e.clients.control import ControlPlane
from e2e.clients.gateway import bearer, echo
from e2e.journeys.tutorial import expect_echo, expect_refusal, subscribed
from e2e.platform import SERVICES


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_restarts_and_knows_what_it_knew(control: ControlPlane, service: str) -> None:
    tutorial = await subscribed(control)

    await asyncio.to_thread(control.platform.restart, service)

    assert await echo(tutorial.url, headers=bearer(tutorial.token)) == "hello"
    await subscribed(control)


async def test_sessions_survive_the_death_of_the_control_plane(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    async with connect(tutorial.url, additional_headers=bearer(tutorial.token)) as socket:
        for service in ("publisher", "devportal", "keymanager"):
            await asyncio.to_thread(control.platform.kill, service)
        await socket.send("still here")

        assert await asyncio.wait_for(socket.recv(), 10) == "still here"
        assert await echo(tutorial.url, headers=bearer(tutorial.token)) == "hello"


async def test_a_gateway_started_with_the_others_dead_serves_and_refuses_what_was_revoked(
    control: ControlPlane,
) -> None:
    platform = control.platform
    jwt, opaque = await subscribed(control), await subscribed(control, token_type="OAUTH")
    revoked = [await subscribed(control), await subscribed(control, token_type="OAUTH")]
    for tutorial in revoked:
        await control.revoke(tutorial.token, tutorial.keys)
        await expect_refusal(tutorial.url, 401, token=tutorial.token)
    for service in SERVICES:
        await asyncio.to_thread(platform.kill, service)

    platform.start("gateway")
    await asyncio.to_thread(platform.wait_ready, "gateway")

    await expect_echo(jwt.url, jwt.token)
    await expect_echo(opaque.url, opaque.token)
    for tutorial in revoked:
        await expect_refusal(tutorial.url, 401, token=tutorial.token)


async def test_a_draining_gateway_tells_its_clients_to_come_again(control: ControlPlane) -> None:
    tutorial = await subscribed(control)

    async with connect(tutorial.url, additional_headers=bearer(tutorial.token)) as socket:
        stopping = asyncio.create_task(asyncio.to_thread(control.platform.stop, "gateway"))
        await asyncio.wait_for(socket.wait_closed(), 10)
        await stopping

        assert socket.close_code == 1012
