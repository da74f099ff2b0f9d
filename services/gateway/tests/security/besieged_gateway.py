"""A whole gateway in this process, on a real port, with two APIs: the client is subscribed to one of them only."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import time

from backing.eventually import eventually, free_ports, scaled
from contracts.publisher import Endpoint, Operation
from gateway.bootstrap import bootstrap
from gateway.running import Gateway
from gateway.session.close_timeouts import CloseTimeouts
from gateway.settings import Settings
from services.gateway.tests.dataplane.backends import ACCEPTANCE, Conduct, RawBackend, answering, raw_backend
from services.gateway.tests.dataplane.plane import KEY
from services.gateway.tests.policies.world import SOON, api, deployment, everything, new_bus, tell_bus, token

PATH = "/chat/1.0/rooms/5"


@dataclass(frozen=True, slots=True)
class BesiegedGateway:
    """`own` is the backend that the client may reach, `other` belongs to the API that it is not subscribed to."""

    gateway: Gateway
    port: int
    own: RawBackend
    other: RawBackend
    good_token: str

    def request(
        self, path: str = PATH, *, line: str | None = None, less: Sequence[str] = (), more: str = "", token: bool = True
    ) -> bytes:
        """A good upgrade with another request line, fewer headers (by lower-case name), or more of them."""
        headers = {
            "Host": "localhost",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": KEY,
            "Sec-WebSocket-Version": "13",
        }
        if token:
            headers["Authorization"] = f"Bearer {self.good_token}"
        lines = [f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() not in less]
        return f"{line or f'GET {path} HTTP/1.1'}\r\n{''.join(lines)}{more}\r\n".encode("latin-1")

    async def answer(self, request: bytes, *, within: timedelta = SOON) -> bytes:
        """All that is answered until the gateway closes; of an accepted upgrade only the head."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(scaled(within).total_seconds()):
                head = await reader.readuntil(b"\r\n\r\n")
                return head if head.startswith(b"HTTP/1.1 101 ") else head + await reader.read()
        except asyncio.IncompleteReadError as error:
            return error.partial
        finally:
            writer.transport.abort()

    async def status(self, request: bytes, *, within: timedelta = SOON) -> int:
        """The status of the one answer; 0 where the connection was closed without."""
        answer = await self.answer(request, within=within)
        assert len(re.findall(rb"HTTP/1\.1 [0-9]", answer)) <= 1, answer
        return int(answer.split(b" ", 2)[1]) if answer else 0


@asynccontextmanager
async def besieged_gateway(
    conduct: Conduct | None = None, *, origins: tuple[str, ...] | None = None
) -> AsyncIterator[BesiegedGateway]:
    """`conduct` is the own backend's: to accept and listen, where it is not said."""
    async with raw_backend(conduct or answering(ACCEPTANCE)) as own, raw_backend(answering(ACCEPTANCE)) as other:
        channels = (Operation(target="/*", verb="SUBSCRIBE"),)
        facts = everything(deployment(production_endpoint=Endpoint(url=own.url), operations=channels, origins=origins))
        facts += [
            api(id="a2", name="Internal", context="/internal"),
            deployment(api_id="a2", production_endpoint=Endpoint(url=other.url), operations=channels),
        ]
        bus, (port,) = await new_bus(), free_ports(1)
        await tell_bus(bus, *facts)
        settings = Settings(hosts="127.0.0.1", ws_port=port, wss_port=0, backend_allow="127.0.0.0/8")
        gateway = bootstrap(settings, bus=bus)
        # The backends here never answer a Close.
        gateway.doors.reception.close_timeouts = CloseTimeouts(answer=timedelta(0), linger=timedelta(seconds=0.1))
        following = asyncio.create_task(gateway.feed.run())
        try:
            await eventually(gateway.feed.follower.caught_up.is_set, within=SOON, message="the feed is caught up")
            await gateway.start()
            now = int(time())
            yield BesiegedGateway(gateway, port, own, other, token(iat=now - 10, exp=now + 3600))
        finally:
            for listener in gateway.doors.listeners:
                listener.stop_accepting()
            await gateway.doors.reception.close()
            gateway.doors.reception.registry.close_where(lambda _: True, code=1001)
            async with asyncio.timeout(SOON.total_seconds()):
                await gateway.doors.reception.registry.wait_empty()
            following.cancel()
            await asyncio.wait([following])
