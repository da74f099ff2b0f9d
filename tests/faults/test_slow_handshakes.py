"""F23: hundreds of clients that never finish their request head cost the others nothing, and are cut."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from e2e.clients.gateway import echo

from backing.eventually import scaled
from faults.conftest import Scene
from faults.footprint import Footprint

SLOW_CLIENTS = 800
HEAD = b"GET /slow HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso"
# The bar is 10 ms (p99); a test asserts ten times as much.
LONGEST_HANDSHAKE = timedelta(milliseconds=100)
HEADER_DEADLINE = timedelta(seconds=5)

SlowClient = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def slow_clients(port: int) -> AsyncIterator[list[SlowClient]]:
    """So many connections with half a request head."""
    clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(SLOW_CLIENTS)]
    try:
        for _, writer in clients:
            writer.write(HEAD)
        yield clients
    finally:
        for _, writer in clients:
            writer.close()


@pytest.mark.long
async def test_half_heads_are_cut_and_others_are_served_meanwhile(scene: Scene, footprint: Footprint) -> None:
    async with slow_clients(scene.platform.ports["ws"]) as clients:
        started, seconds = time.monotonic(), []
        while time.monotonic() < started + HEADER_DEADLINE.total_seconds() / 2:
            before = time.monotonic()
            assert await echo(scene.tutorial.url, headers=scene.headers) == "hello"
            seconds.append(time.monotonic() - before)

        async with asyncio.timeout(scaled(3 * HEADER_DEADLINE).total_seconds()):
            answers = await asyncio.gather(*(reader.read() for reader, _ in clients))

    assert Counter(answer[:12] for answer in answers) == {b"HTTP/1.1 408": SLOW_CLIENTS}
    assert sorted(seconds)[int(len(seconds) * 0.99)] < scaled(LONGEST_HANDSHAKE).total_seconds(), sorted(seconds)[-5:]
