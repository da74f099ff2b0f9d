"""F16: revoked tokens close their silent sessions and open no new ones, also on a gateway that starts afterwards.

F18: a token that expires closes its session after its leeway, however much is said on it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from e2e.clients.gateway import Refused, bearer, echo
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from faults.conftest import Scene

_TOKENS = 40
# The bar is a second; a test allows ten times as much, and measures nothing.
_CLOSED_SECONDS = 10
_AT_ONCE = 10
_LIFE_SECONDS, _LEEWAY_SECONDS = 5, 30


async def test_revoked_tokens_close_their_sessions_and_open_no_new_ones(scene: Scene) -> None:
    control, tutorial = scene.control, scene.tutorial
    tokens = [await control.token(tutorial.subscriber, tutorial.keys) for _ in range(_TOKENS)]
    async with AsyncExitStack() as stack:
        bystander = await stack.enter_async_context(connect(tutorial.url, additional_headers=scene.headers))
        sockets = [
            await stack.enter_async_context(connect(tutorial.url, additional_headers=bearer(token))) for token in tokens
        ]

        for start in range(0, _TOKENS, _AT_ONCE):
            part = zip(tokens[start : start + _AT_ONCE], sockets[start : start + _AT_ONCE], strict=True)
            await asyncio.gather(*(_revoke(scene, token, socket) for token, socket in part))

        await bystander.send("still here")
        assert await asyncio.wait_for(bystander.recv(), _CLOSED_SECONDS) == "still here"
    await _all_refused(scene, tokens)
    await asyncio.to_thread(scene.platform.kill, "gateway")
    scene.platform.start("gateway")
    await asyncio.to_thread(scene.platform.wait_ready, "gateway")
    await _all_refused(scene, tokens)


@pytest.mark.long
async def test_expired_token_closes_its_busy_session(scene: Scene) -> None:
    tutorial = scene.tutorial
    issued = time.monotonic()
    token = await scene.control.token(tutorial.subscriber, tutorial.keys, validityPeriod=_LIFE_SECONDS)

    async with connect(tutorial.url, additional_headers=bearer(token)) as socket:
        with pytest.raises(ConnectionClosed):
            await _talk(socket)

    assert socket.close_code == 4001
    # `exp` has whole seconds.
    assert -1 <= time.monotonic() - issued - _LIFE_SECONDS - _LEEWAY_SECONDS < _CLOSED_SECONDS


async def _talk(socket: ClientConnection) -> None:
    """Until the gateway ends it."""
    while True:
        await socket.send("hello")
        assert await asyncio.wait_for(socket.recv(), _CLOSED_SECONDS) == "hello"
        await asyncio.sleep(0.2)


async def _revoke(scene: Scene, token: str, socket: ClientConnection) -> None:
    await scene.control.revoke(token, scene.tutorial.keys)
    answered = time.monotonic()
    await asyncio.wait_for(socket.wait_closed(), _CLOSED_SECONDS)
    assert socket.close_code == 4001
    assert time.monotonic() - answered < _CLOSED_SECONDS


async def _all_refused(scene: Scene, tokens: list[str]) -> None:
    answers = await asyncio.gather(*(echo(scene.tutorial.url, headers=bearer(token)) for token in tokens))
    assert [each.problem["code"] for each in answers if isinstance(each, Refused)] == [900904] * len(tokens)
