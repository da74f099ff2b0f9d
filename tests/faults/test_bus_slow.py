"""F5: the broker answers late, then not at all while its connections stay open. No handshake and no message notices,
and what was told meanwhile is known when it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from e2e.clients.gateway import bearer, echo
from websockets.exceptions import ConnectionClosed

from backing.eventually import eventually
from faults.conftest import Scene
from faults.fault_proxy import FaultProxy, fault_proxy
from faults.footprint import back_to, read_footprint
from faults.load import Load, under_load

GATEWAY = "gateway-behind-a-proxy"
LATE = timedelta(seconds=2)
MESSAGES = 300
# The bar is 5 s after the return; a test asserts ten times that.
SETTLED = timedelta(seconds=50)


@dataclass(frozen=True, slots=True)
class Behind:
    """A gateway that has its broker behind a proxy; `url` is the tutorial's API there."""

    proxy: FaultProxy
    url: str
    pid: int
    admin_url: str


@pytest.fixture
async def behind(scene: Scene) -> AsyncIterator[Behind]:
    """The other services speak to the broker itself."""
    door, platform = scene.site.side_door, scene.platform
    async with fault_proxy("127.0.0.1", door.port, own_port=door.advertised_port) as proxy:
        platform.start(GATEWAY, EVENTBUS_URL=f"kafka://127.0.0.1:{door.advertised_port}")
        try:
            await asyncio.to_thread(platform.wait_ready, GATEWAY)
            url = scene.tutorial.url.replace(platform.ws, platform.ws_of(GATEWAY))
            yield Behind(proxy, url, platform.processes[GATEWAY].pid, platform.url(GATEWAY))
        finally:
            await asyncio.to_thread(platform.kill, GATEWAY)


async def _carry_on(load: Load) -> None:
    """Until so much more has gone well."""
    answered, shaken = load.answered, load.handshakes_done
    while load.answered < answered + MESSAGES or load.handshakes_done < shaken + 10:
        assert not load.problems, load.problems
        await asyncio.sleep(0.05)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_clients_notice_nothing_and_what_was_told_arrives_in_the_end(scene: Scene, behind: Behind) -> None:
    assert await echo(behind.url, headers=scene.headers) == "hello"
    before = await read_footprint(behind.pid, admin_url=behind.admin_url)
    load = Load(behind.url, scene.headers, sessions=20)

    async with under_load(load):
        behind.proxy.latency = LATE
        await _carry_on(load)
        behind.proxy.is_blackhole = True
        await _carry_on(load)
        # A token that this gateway has never seen is verified with the keys that it knows.
        other = await scene.control.token(scene.tutorial.subscriber, scene.tutorial.keys)
        assert await echo(behind.url, headers=bearer(other)) == "hello"
        await scene.control.revoke(other, scene.tutorial.keys)
        behind.proxy.is_blackhole, behind.proxy.latency = False, timedelta(0)

        async def is_refused() -> None:
            assert await echo(behind.url, headers=bearer(other)) != "hello"

        # The revocation may also end the session that asks.
        await eventually(is_refused, within=SETTLED, message="the revocation has arrived", retry_on=(ConnectionClosed,))

    assert behind.proxy.accepted > 0
    assert not load.problems, load.problems
    await back_to(before, behind.pid, admin_url=behind.admin_url)
