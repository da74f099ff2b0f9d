"""F24: more clients than file descriptors. Open sessions go on, the rest is refused, and nothing spins."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

from websockets.exceptions import InvalidStatus

from backing.eventually import eventually
from services.gateway.tests.process.gateway_process import GatewayProcess, Site, expect_echo, fresh_token, open_client

OPEN_FILES = 128
SESSIONS = 20
FLOOD = 150
MOST_LOG_LINES = 10


async def outcome(port: int) -> str:
    """What becomes of one of the flood, which says nothing."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            answer = await asyncio.wait_for(reader.readline(), 1)
        finally:
            writer.close()
    except TimeoutError:
        return "waited for"
    except ConnectionError:
        return "cut"
    return answer.decode().strip() or "cut"


async def new_client_is_served(gateway: GatewayProcess, bearer: str) -> None:
    async with open_client(gateway, bearer) as client:
        await expect_echo(client, "a new one")


async def test_open_sessions_survive_a_flood_and_the_gateway_recovers(site: Site) -> None:
    with site.gateway() as gateway:
        gateway.open_files = OPEN_FILES
        gateway.start()
        await gateway.wait_ready()
        async with AsyncExitStack() as stack:
            bearer = fresh_token()
            sessions = [await stack.enter_async_context(open_client(gateway, bearer)) for _ in range(SESSIONS)]
            lines_before = len(gateway.log.splitlines())

            outcomes = Counter(await asyncio.gather(*(outcome(gateway.ws_port) for _ in range(FLOOD))))
            for number, session in enumerate(sessions):
                await expect_echo(session, f"still here {number}")

            assert set(outcomes) <= {"waited for", "HTTP/1.1 503 Service Unavailable", "cut"}, outcomes
            assert outcomes["HTTP/1.1 503 Service Unavailable"], outcomes
            assert outcomes["waited for"] <= OPEN_FILES / 2 - SESSIONS, outcomes
            # The lines about the sessions above are written behind their opening.
            new_lines = [line for line in gateway.log.splitlines()[lines_before:] if "session opened" not in line]
            assert len(new_lines) <= MOST_LOG_LINES, new_lines[-5:]
            await eventually(
                lambda: new_client_is_served(gateway, bearer),
                within=timedelta(seconds=10),
                message="a new client is served",
                retry_on=(InvalidStatus, OSError),
            )
