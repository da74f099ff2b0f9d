"""F31: clients that do not read while their backend floods them. Memory stays bounded, and others are served."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.server import ServerConnection

from backing.eventually import eventually
from contracts.publisher import Endpoint
from faults.footprint import resident_bytes
from services.gateway.tests.policies.world import deployment
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    expect_echo,
    fresh_token,
    open_client,
    open_site,
)

READERS = 50
MESSAGE = bytes(65_536)
FLOOD = "flood"
# The bar is 128 kB for each; caches and the allocator come on top once.
MOST_BYTES_EACH = 128 * 1024
MOST_BYTES_AT_ALL = 16 * 1024 * 1024
SOON = timedelta(seconds=30)


async def _serve(connection: ServerConnection) -> None:
    """Echoes, and floods whoever asks for it until they are gone."""
    async for message in connection:
        await connection.send(message)
        while message == FLOOD:
            await connection.send(MESSAGE)


@asynccontextmanager
async def flooding_gateway(folder: Path) -> AsyncIterator[GatewayProcess]:
    """A gateway whose backend floods on demand."""
    async with open_site(folder) as site, websockets.serve(_serve, "127.0.0.1", 0, compression=None) as backend:
        port = next(iter(backend.sockets)).getsockname()[1]
        await site.tell(deployment(version=2, production_endpoint=Endpoint(url=f"ws://127.0.0.1:{port}/")))
        with site.gateway(STALL_TIMEOUT="0") as gateway:
            gateway.start()
            await gateway.wait_ready()
            yield gateway


async def stalled_sessions(gateway: GatewayProcess) -> float:
    """How many the gateway says there are."""
    found = re.search(r"^sluice_gateway_backpressure_paused ([0-9.]+)$", await gateway.metrics(), re.MULTILINE)
    assert found is not None
    return float(found[1])


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_memory_is_bounded_while_nobody_reads_a_flood(tmp_path: Path) -> None:
    async with flooding_gateway(tmp_path) as gateway, AsyncExitStack() as opened:
        bystander = await opened.enter_async_context(open_client(gateway, fresh_token()))
        await expect_echo(bystander, "hello")
        before = resident_bytes(gateway.pid)

        for _ in range(READERS):
            reader = await opened.enter_async_context(open_client(gateway, fresh_token()))
            await reader.send(FLOOD)
            reader.transport.pause_reading()

        async def are_all_stalled() -> None:
            assert await stalled_sessions(gateway) == READERS

        await eventually(are_all_stalled, within=SOON, message="the gateway stops reading for those who do not")
        for number in range(100):
            await expect_echo(bystander, f"{number}")
        assert resident_bytes(gateway.pid) - before < READERS * MOST_BYTES_EACH + MOST_BYTES_AT_ALL
