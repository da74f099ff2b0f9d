"""A small balancer, as an orchestrator's: it asks `/readyz` and sends new connections only to who is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

import httpx2

from services.gateway.tests.process.gateway_process import GatewayProcess

CHECK_EVERY_SECONDS = 0.1


class Balancer:
    """Round robin over the ready ones."""

    def __init__(self, gateways: Sequence[GatewayProcess]) -> None:
        self.url = ""
        self.ready: set[int] = set()
        self._gateways = gateways
        self._turn = count()
        self._pipes: set[asyncio.Task[None]] = set()

    async def check(self, number: int) -> None:
        """A task for each: asks again and again. One that is merely slow stays what it was."""
        async with httpx2.AsyncClient(timeout=1) as http:
            while True:
                is_ready = await self._is_ready(http, self._gateways[number])
                if is_ready is True:
                    self.ready.add(number)
                elif is_ready is False:
                    self.ready.discard(number)
                await asyncio.sleep(CHECK_EVERY_SECONDS)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """For `asyncio.start_server`."""
        task = asyncio.get_running_loop().create_task(self._pass_on(reader, writer))
        self._pipes.add(task)
        task.add_done_callback(self._pipes.discard)

    async def close(self) -> None:
        """Every connection ends."""
        for pipe in tuple(self._pipes):
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _is_ready(self, http: httpx2.AsyncClient, gateway: GatewayProcess) -> bool | None:
        try:
            return (await http.get(f"{gateway.admin}/readyz")).status_code == 200
        except httpx2.TimeoutException:
            return None
        except httpx2.HTTPError:
            return False

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            chosen = sorted(self.ready)[next(self._turn) % len(self.ready)]
            there, back = await asyncio.open_connection("127.0.0.1", self._gateways[chosen].ws_port)
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            writer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(65536):
            sink.write(chunk)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def balancing(gateways: Sequence[GatewayProcess]) -> AsyncIterator[Balancer]:
    """A balancer before these, with its checks."""
    balancer = Balancer(gateways)
    server = await asyncio.start_server(balancer.connected, "127.0.0.1", 0)
    balancer.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    checking = [asyncio.create_task(balancer.check(number)) for number in range(len(gateways))]
    try:
        yield balancer
    finally:
        server.close()
        for task in checking:
            task.cancel()
        await asyncio.wait(checking)
        await balancer.close()
