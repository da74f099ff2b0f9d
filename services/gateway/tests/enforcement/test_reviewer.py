"""Many closes at once leave the event loop to others, and a session that cannot be judged is not let stay."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from gateway import compiled
from gateway.session.close_codes import CloseCode
from gateway.session.grounds import Grounds
from services.gateway.tests.enforcement.scene import open_scene
from services.gateway.tests.policies.world import api
from services.gateway.tests.reporting.lines import Line


async def test_others_get_their_turn_while_thousands_of_sessions_are_closed() -> None:
    async with open_scene() as scene:
        lines = [Line(scene.registry) for _ in range(3_000)]
        turns = 0

        count = scene.reviewer.close(scene.registry, CloseCode.POLICY_VIOLATION)
        while scene.reviewer.is_busy:
            await asyncio.sleep(0)
            turns += 1

        assert count == 3_000
        assert all(line.session.close_code == 1008 for line in lines)
        assert turns > 3
        for line in lines:
            line.end()


@pytest.mark.skipif(compiled.is_in_use(), reason="a compiled session takes no such grounds")
async def test_session_that_cannot_be_judged_is_closed_and_the_others_are_judged() -> None:
    async with open_scene() as scene:
        broken, whole = await scene.open(), await scene.open()
        # A bug: grounds that no handshake makes.
        broken.session.grounds = cast("Grounds", _Nonsense(broken.session.grounds))

        await scene.tell(api(version=2))

        assert broken.session.close_code == 1011
        whole.assert_heard_nothing()


async def test_session_that_ends_before_it_is_judged_is_left_alone() -> None:
    async with open_scene() as scene:
        line = Line(scene.registry)

        scene.reviewer.close([line.session], CloseCode.POLICY_VIOLATION)
        line.end()
        while scene.reviewer.is_busy:
            await asyncio.sleep(0)

        assert line.session.close_code == 1006


async def test_session_is_closed_once_however_often_it_is_ordered() -> None:
    async with open_scene() as scene:
        line = Line(scene.registry)

        counts = [scene.reviewer.close([line.session], CloseCode.POLICY_VIOLATION)]
        while scene.reviewer.is_busy:
            await asyncio.sleep(0)
        counts.append(scene.reviewer.close([line.session], CloseCode.POLICY_VIOLATION))

        assert counts == [1, 0]
        line.end()


class _Nonsense:
    """Like grounds for the index, but not for a judge."""

    def __init__(self, grounds: Grounds) -> None:
        self.principal = grounds.principal
        self.plans = grounds.plans
