"""F32: a network that loses one packet in twenty, on both sides of the gateway. No message is lost, changed or out of
order while its session is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.server import ServerConnection

from contracts.publisher import Endpoint
from faults.load import Load, under_load
from faults.lossy_network import LossyNetwork, lossy_network
from services.gateway.tests.policies.world import deployment
from services.gateway.tests.process.gateway_process import GatewayProcess, fresh_token, open_site

LOSS = 0.05
SESSIONS = 20
MESSAGES = 2_000


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def gateway_on(network: LossyNetwork, folder: Path) -> AsyncIterator[GatewayProcess]:
    """A gateway behind the lossy link, whose backend is on our side of it."""
    async with open_site(folder) as site, websockets.serve(_echo, network.outside, 0) as backend:
        port = next(iter(backend.sockets)).getsockname()[1]
        await site.tell(deployment(version=2, production_endpoint=Endpoint(url=f"ws://{network.outside}:{port}/")))
        with site.gateway() as gateway:
            gateway.host, gateway.under = network.inside, network.under
            gateway.environment = {"SLUICE_BACKEND_ALLOW": network.outside}
            gateway.start()
            await gateway.wait_ready()
            yield gateway


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_no_message_is_lost_or_changed(tmp_path: Path) -> None:
    with lossy_network(probability=LOSS) as network:
        async with gateway_on(network, tmp_path) as gateway:
            headers = {"Authorization": f"Bearer {fresh_token()}"}
            load = Load(f"{gateway.ws}/chat/1.0/rooms/5", headers, sessions=SESSIONS, handshakes=1)

            async with under_load(load):
                while load.answered < MESSAGES and not load.problems:
                    await asyncio.sleep(0.05)

    assert not load.problems, load.problems
