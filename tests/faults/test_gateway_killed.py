"""F26: one of two gateways is killed; only its own clients notice, and come back through the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from e2e.clients.gateway import echo
from e2e.journeys.tutorial import expect_echo
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from faults.conftest import Scene
from faults.footprint import Footprint
from faults.load import Load, under_load

OTHER = "gateway-2"


@pytest.fixture
async def other_url(scene: Scene) -> AsyncIterator[str]:
    """The API's URL at a second gateway."""
    platform = scene.platform
    platform.start(OTHER)
    await asyncio.to_thread(platform.wait_ready, OTHER)
    yield scene.tutorial.url.replace(platform.ws, platform.ws_of(OTHER))
    if OTHER in platform.processes:
        await asyncio.to_thread(platform.kill, OTHER)


async def test_clients_of_the_living_gateway_notice_nothing(scene: Scene, footprint: Footprint, other_url: str) -> None:
    load = Load(scene.tutorial.url, scene.headers, sessions=20)
    async with under_load(load), connect(other_url, additional_headers=scene.headers) as victim:
        await victim.send("hello")
        assert await asyncio.wait_for(victim.recv(), 10) == "hello"

        await asyncio.to_thread(scene.platform.kill, OTHER)

        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(victim.recv(), 10)
        assert await echo(scene.tutorial.url, headers=scene.headers) == "hello"
        answered = load.answered
        while load.answered < answered + 100:
            await asyncio.sleep(0.02)

    assert not load.problems, load.problems


@pytest.mark.long
async def test_killed_gateway_comes_back_and_knows_what_it_knew(scene: Scene, other_url: str) -> None:
    await expect_echo(other_url, scene.tutorial.token)
    await asyncio.to_thread(scene.platform.kill, OTHER)

    scene.platform.start(OTHER)
    await asyncio.to_thread(scene.platform.wait_ready, OTHER)

    await expect_echo(other_url, scene.tutorial.token)
