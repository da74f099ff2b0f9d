"""What becomes of an API's open sessions when another revision takes its place (`sluice.onRedeploy`)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backing.eventually import eventually
from contracts.publisher import ApiState, Deployment, OnRedeploy, Operation
from services.gateway.tests.enforcement.scene import open_scene, other_token
from services.gateway.tests.policies.world import SOON, api, deployment

ELSEWHERE = (Operation(target="/open", verb="SUBSCRIBE"),)


def redeployed(mode: OnRedeploy, *operations: Operation, version: int = 2) -> Deployment:
    operations = operations or deployment().operations
    return deployment(version=version, revision_id=f"r{version}", on_redeploy=mode, operations=operations)


async def test_kill_closes_all_sessions_of_the_older_revision() -> None:
    async with open_scene() as scene:
        line, bystander = await scene.open(), await scene.open("/news/1.0/rooms/5", bearer=other_token())

        await scene.tell(redeployed(OnRedeploy.KILL))

        assert line.session.close_code == 1012
        bystander.assert_heard_nothing()


async def test_kill_leaves_sessions_of_the_newer_revision() -> None:
    async with open_scene() as scene:
        await scene.tell(redeployed(OnRedeploy.KILL))
        line = await scene.open()

        await scene.tell(api(version=2, state=ApiState.DEPRECATED))

        line.assert_heard_nothing()


async def test_keep_leaves_sessions_whose_channel_is_gone_but_not_those_without_rights() -> None:
    async with open_scene() as scene:
        line = await scene.open()

        await scene.tell(redeployed(OnRedeploy.KEEP, *ELSEWHERE))
        await scene.tell(api(version=2, state=ApiState.DEPRECATED))
        line.assert_heard_nothing()
        await scene.tell(api(version=3, state=ApiState.BLOCKED))

        assert line.session.close_code == 1012


async def test_kept_session_follows_the_wish_of_the_revision_after() -> None:
    async with open_scene() as scene:
        line = await scene.open()

        await scene.tell(redeployed(OnRedeploy.KEEP, *ELSEWHERE))
        await scene.tell(redeployed(OnRedeploy.RE_EVALUATE, *ELSEWHERE, version=3))

        assert line.session.close_code == 1012


async def test_drain_closes_all_within_its_time_and_each_at_its_own_moment() -> None:
    async with open_scene(drain_over=timedelta(seconds=0.4)) as scene:
        lines = [await scene.open() for _ in range(20)]
        bystander = await scene.open("/news/1.0/rooms/5", bearer=other_token())
        closed_at: dict[str, float] = {}

        await scene.world.tell(redeployed(OnRedeploy.DRAIN))

        async def all_closed() -> None:
            for line in lines:
                if line.session.is_closing:
                    closed_at.setdefault(line.session.session_id, asyncio.get_running_loop().time())
            assert len(closed_at) == len(lines)

        await eventually(all_closed, within=SOON, message="the older revision's sessions are closed")
        assert {line.session.close_code for line in lines} == {1012}
        assert max(closed_at.values()) - min(closed_at.values()) > 0.02
        bystander.assert_heard_nothing()


async def test_session_that_waits_to_be_drained_still_follows_the_facts() -> None:
    async with open_scene(drain_over=timedelta(hours=1)) as scene:
        lines = [await scene.open() for _ in range(3)]
        await scene.tell(redeployed(OnRedeploy.DRAIN))

        await scene.tell(redeployed(OnRedeploy.KILL, version=3))

        assert {line.session.close_code for line in lines} == {1012}


@pytest.mark.parametrize("mode", OnRedeploy)
async def test_same_revision_told_again_changes_nothing(mode: OnRedeploy) -> None:
    async with open_scene(deployment(on_redeploy=mode)) as scene:
        line = await scene.open()

        await scene.tell(deployment(version=2, on_redeploy=mode))

        line.assert_heard_nothing()
