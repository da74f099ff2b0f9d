"""F4: the broker dies; sessions go on, people can still change things, and nothing that they change is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from e2e.clients.gateway import echo

from backing.eventually import eventually
from faults.conftest import Scene
from faults.footprint import Footprint
from faults.load import Load, under_load

# The bar is 5 s after the return; a test asserts ten times that.
_SETTLED = timedelta(seconds=50)


async def test_nothing_is_lost_while_the_broker_is_away(scene: Scene, footprint: Footprint) -> None:
    load = Load(scene.tutorial.url, scene.headers)

    async with under_load(load):
        await asyncio.to_thread(scene.site.kafka.kill)
        created = [await scene.control.published_api() for _ in range(5)]
        answered = load.answered
        while load.answered < answered + 400:
            assert not load.problems, load.problems
            await asyncio.sleep(0.05)
        await asyncio.to_thread(scene.site.kafka.restart)

        async def are_all_seen() -> None:
            for api in created:
                await scene.control.seen_in_devportal(api["id"])

        await eventually(are_all_seen, within=_SETTLED, message="every API that was published meanwhile is seen")

    assert not load.problems, load.problems


async def test_new_handshakes_are_decided_on_the_last_known_state(scene: Scene, footprint: Footprint) -> None:
    await asyncio.to_thread(scene.site.kafka.pause)

    assert await echo(scene.tutorial.url, headers=scene.headers) == "hello"
