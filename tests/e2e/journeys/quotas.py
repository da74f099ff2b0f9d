"""Plans with small quotas, gateways to spread load over, and a backend that counts what reaches it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from e2e.clients.control import ControlPlane, Json, expect
from e2e.clients.gateway import bearer
from e2e.journeys.waiting import soon
from e2e.platform import Platform


@dataclass
class CountingBackend:
    """Answers nothing; remembers when each message came."""

    port: int = 0
    came_at: list[float] = field(default_factory=list)

    def count(self, since: float, until: float) -> int:
        return sum(since <= moment < until for moment in self.came_at)

    async def take(self, upstream: ServerConnection) -> None:
        try:
            async for _ in upstream:
                self.came_at.append(time.time())
        except ConnectionClosed:
            return


@asynccontextmanager
async def counting_backend() -> AsyncIterator[CountingBackend]:
    backend = CountingBackend()
    async with serve(backend.take, "127.0.0.1", 0) as server:
        backend.port = next(iter(server.sockets)).getsockname()[1]
        yield backend


@dataclass(frozen=True, slots=True)
class Sold:
    """An API that is sold with a plan, and the token of an application that has bought it."""

    plan: Json
    path: str
    token: str


def messages(amount: int, unit_time: int, time_unit: str) -> Json:
    """A limit of so many messages."""
    limit = {"eventCount": amount, "unitTime": unit_time, "timeUnit": time_unit}
    return {"type": "EVENTCOUNTLIMIT", "eventCount": limit}


async def sold(control: ControlPlane, *, backend: str = "", **plan: object) -> Sold:
    """A new API under a new plan, subscribed to. The first handshakes may still find the facts on their way."""
    rest = (await control.administrator()).publisher
    name = f"Plan{secrets.token_hex(4)}"
    body = {"policyName": name, "defaultLimit": messages(1_000_000, 1, "days")} | plan
    made = expect(await rest.post(f"{policies(control)}", json=body), 201)
    endpoint = {"endpoint_type": "ws", "production_endpoints": {"url": backend or control.platform.backend}}
    api = await control.published_api(policies=[name], endpointConfig=endpoint)
    subscriber = await control.person("subscriber")
    await soon(lambda: control.seen_in_devportal(api["id"]), "the API appears in the Developer Portal")
    keys = await control.application_keys(subscriber)
    await control.subscribe(subscriber, keys.application_id, api["id"], plan=name)
    return Sold(made, f"{api['context']}/1.0.0", await control.token(subscriber, keys))


def policies(control: ControlPlane) -> str:
    """Where subscription plans are kept."""
    return f"{control.platform.url('publisher')}/api/am/admin/v4/throttling/policies/subscription"


@asynccontextmanager
async def gateways(platform: Platform, count: int) -> AsyncIterator[list[str]]:
    """Names of so many running gateways, the platform's own first. One may be killed meanwhile."""
    names = ["gateway", *(f"gateway-{number}" for number in range(2, count + 1))]
    async with AsyncExitStack() as stack:
        for name in names[1:]:
            platform.start(name)
            stack.push_async_callback(_stop, platform, name)
        for name in names[1:]:
            await asyncio.to_thread(platform.wait_ready, name)
        yield names


async def _stop(platform: Platform, name: str) -> None:
    if name in platform.processes:
        await asyncio.to_thread(platform.stop, name)


async def send_steadily(url: str, token: str, *, every: float) -> None:
    """A client that sends until it is cancelled or its gateway is gone."""
    async with connect(url, additional_headers=bearer(token)) as socket:
        try:
            while True:
                await socket.send("x")
                await asyncio.sleep(every)
        except ConnectionClosed:
            return
