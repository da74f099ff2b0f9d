"""F1, F13: the other services die; the gateway serves on, for what it knows, as if nothing had happened."""

from __future__ import annotations

import asyncio

import httpx
from e2e.clients.gateway import bearer, echo

from faults.conftest import Scene
from faults.footprint import Footprint
from faults.load import Load, under_load

CONTROL_PLANE = ("publisher", "devportal", "keymanager")


async def test_no_handshake_and_no_message_fails_while_the_control_plane_is_dead(
    scene: Scene, footprint: Footprint
) -> None:
    other = await scene.control.token(scene.tutorial.subscriber, scene.tutorial.keys)
    load = Load(scene.tutorial.url, scene.headers)

    async with under_load(load):
        for service in CONTROL_PLANE:
            await asyncio.to_thread(scene.platform.kill, service)
        answered, shaken = load.answered, load.handshakes_done
        while load.answered < answered + 400 or load.handshakes_done < shaken + 10:
            assert not load.problems, load.problems
            await asyncio.sleep(0.05)
        # A token that the gateway has never seen is verified with the keys that it knows.
        assert await echo(scene.tutorial.url, headers=bearer(other)) == "hello"
        ready = httpx.get(f"{scene.platform.url('gateway')}/readyz", timeout=5)

    assert not load.problems, load.problems
    assert ready.status_code == 200
