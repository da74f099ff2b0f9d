"""F29: every service is killed in turn, again and again; each comes back by itself and the whole works as before."""

from __future__ import annotations

import asyncio

import pytest
from e2e.clients.gateway import bearer, echo
from e2e.journeys.tutorial import expect_echo, subscribed
from e2e.platform import SERVICES

from faults.conftest import Scene

ROUNDS = 3


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_all_come_back_without_a_hand_and_the_tutorial_works(scene: Scene) -> None:
    for _ in range(ROUNDS):
        for service in SERVICES:
            await asyncio.to_thread(scene.platform.kill, service)
            scene.platform.start(service)
            await asyncio.to_thread(scene.platform.wait_ready, service)

        # What was made before is still there, and new things can be made.
        await expect_echo(scene.tutorial.url, scene.tutorial.token)
        await subscribed(scene.control)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_all_at_once_come_back_too(scene: Scene) -> None:
    for service in SERVICES:
        await asyncio.to_thread(scene.platform.kill, service)

    await asyncio.to_thread(scene.platform.ensure_all)

    assert await echo(scene.tutorial.url, headers=bearer(scene.tutorial.token)) == "hello"
    await subscribed(scene.control)
