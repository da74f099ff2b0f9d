"""F25: one application opens far more than its plan allows; another one notices nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from backing.eventually import eventually, scaled
from contracts.publisher import Plan, PlanLevel
from services.gateway.tests.policies.world import application, consumer_key, subscription
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    Site,
    expect_echo,
    fresh_token,
    open_client,
    open_site,
)

ALLOWED = 10
ATTEMPTS = 500
AT_ONCE = 50
BYSTANDERS = 50
# The bar is twice a quiet handshake, some ms; a test asserts a hundred of them.
LONGEST_ECHO = timedelta(seconds=1)
SOON = timedelta(seconds=20)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayProcess]:
    """With a plan of few connections for the application of `greedy_token`, and none for that of `fresh_token`."""
    async with open_site(tmp_path) as site:
        await _tell_greedy(site)
        with site.gateway() as process:
            process.start()
            await process.wait_ready()
            yield process


async def _tell_greedy(site: Site) -> None:
    await site.tell(
        Plan(version=1, id="p1", level=PlanLevel.SUBSCRIPTION, name="Few", display_name="Few", connections=ALLOWED),
        application(id="greedy", name="greedy"),
        consumer_key(client_id="greedy", application_id="greedy"),
        subscription(id="greedy", application_id="greedy", plan="Few"),
    )


def greedy_token() -> str:
    """Of the application with few connections."""
    return fresh_token(client_id="greedy", jti="greedy")


async def flood(gateway: GatewayProcess, opened: AsyncExitStack, outcomes: Counter[str]) -> None:
    """All attempts, some at a time; what is accepted stays open."""
    bearer, turn = greedy_token(), asyncio.Semaphore(AT_ONCE)

    async def attempt() -> None:
        async with turn:
            try:
                await opened.enter_async_context(open_client(gateway, bearer))
                outcomes["accepted"] += 1
            except InvalidStatus as refused:
                asks_to_wait = "Retry-After" in refused.response.headers
                outcomes[f"{refused.response.status_code}, Retry-After: {asks_to_wait}"] += 1

    await asyncio.gather(*(attempt() for _ in range(ATTEMPTS)))


async def echo_seconds(sessions: list[ClientConnection]) -> list[float]:
    """How long each of them waited for its echo."""
    seconds = []
    for number, session in enumerate(sessions):
        started = time.monotonic()
        await expect_echo(session, f"{number}")
        seconds.append(time.monotonic() - started)
    return seconds


async def greedy_is_served(gateway: GatewayProcess) -> None:
    async with open_client(gateway, greedy_token()) as client:
        await expect_echo(client, "hello")


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_its_excess_is_refused_and_the_other_application_is_served(gateway: GatewayProcess) -> None:
    bearer, outcomes = fresh_token(), Counter[str]()
    async with AsyncExitStack() as opened:
        sessions = [await opened.enter_async_context(open_client(gateway, bearer)) for _ in range(BYSTANDERS)]

        flooding = asyncio.create_task(flood(gateway, opened, outcomes))
        seconds, handshakes = [], 0
        while not flooding.done():
            seconds += await echo_seconds(sessions)
            async with open_client(gateway, bearer) as client:
                await expect_echo(client, "a new one")
                handshakes += 1
        await flooding

        assert outcomes == {"accepted": ALLOWED, "429, Retry-After: True": ATTEMPTS - ALLOWED}
        assert handshakes > 0
        assert sorted(seconds)[int(len(seconds) * 0.99)] < scaled(LONGEST_ECHO).total_seconds()
    await eventually(
        lambda: greedy_is_served(gateway), within=SOON, message="a place is free again", retry_on=(InvalidStatus,)
    )
