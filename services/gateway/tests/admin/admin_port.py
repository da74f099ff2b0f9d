"""A gateway without listeners whose facts come from a bus in memory, and its admin application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TextIO

import httpx2
from fastapi import FastAPI

from backing.eventually import eventually
from contracts import Fact
from eventbus.memory import MemoryBus
from gateway.app import create_app
from gateway.bootstrap import bootstrap
from gateway.running import Gateway
from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.limits import UNLIMITED
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session, SessionLabels
from gateway.settings import Settings
from services.gateway.tests.policies.world import SOON, new_bus, tell_bus
from tokens import InvalidToken, Principal

ADMIN = {"Authorization": "Bearer apim:admin"}


class FakeVerifier:
    """Believes tokens that are the name of their only scope."""

    def verify(self, token: str) -> Principal:
        """As `TokenVerifier.verify`."""
        if not token.startswith("apim:"):
            raise InvalidToken("it is no scope")
        return Principal(
            subject="root",
            client_id="c1",
            issuer="fake",
            audience=("sluice-rest",),
            token_id="t1",
            issued_at=1,
            expires_at=2,
            scopes=frozenset({token}),
        )


@dataclass(frozen=True, slots=True)
class Admin:
    """A gateway without listeners, and its admin application."""

    gateway: Gateway
    app: FastAPI
    http: httpx2.AsyncClient
    bus: MemoryBus
    far_ends: list[socket.socket] = field(default_factory=list)

    def http_from(self, address: str) -> httpx2.AsyncClient:
        """A client at that address."""
        transport = httpx2.ASGITransport(app=self.app, client=(address, 50_000))
        return httpx2.AsyncClient(transport=transport, base_url="http://gateway.test")

    @property
    def registry(self) -> SessionRegistry:
        """The open sessions."""
        return self.gateway.doors.reception.registry

    async def metrics(self) -> str:
        """What a scrape gets."""
        return (await self.http.get("/metrics")).text

    async def close_sessions(self) -> None:
        """The clients and backends go away, and the sessions with them."""
        for far in self.far_ends:
            far.close()
        async with asyncio.timeout(SOON.total_seconds()):
            await self.gateway.doors.reception.registry.wait_empty()


@asynccontextmanager
async def open_admin(
    *facts: Fact, settings: Settings | None = None, log_stream: TextIO | None = None
) -> AsyncIterator[Admin]:
    bus = await new_bus()
    await tell_bus(bus, *facts)
    gateway = bootstrap(settings or Settings(ws_port=0, wss_port=0), bus=bus, log_stream=log_stream)
    app = create_app(gateway)
    app.state.verifier = FakeVerifier()
    running = [asyncio.create_task(run()) for run in (gateway.feed.run, gateway.quotas.run, gateway.rules.reviewer.run)]
    try:
        await eventually(gateway.feed.follower.caught_up.is_set, within=SOON, message="the feed is caught up")
        await eventually(lambda: gateway.quotas.is_caught_up, within=SOON, message="the quotas are caught up")
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://gateway.test") as http:
            admin = Admin(gateway, app, http, bus)
            yield admin
            await admin.close_sessions()
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def open_session(admin: Admin, session_id: str, **labels: str) -> tuple[socket.socket, socket.socket]:
    """A session between two sockets; returns the client's and the backend's far ends."""
    loop, registry = asyncio.get_running_loop(), admin.gateway.doors.reception.registry
    ends = [socket.socketpair() for _ in range(2)]
    transports = [(await loop.create_connection(asyncio.Protocol, sock=near))[0] for near, _ in ends]
    session = Session(
        session_id,
        labels=SessionLabels(**{"api_id": "a1", "application_id": "app1", "user": "sue", "channel": "/open"} | labels),
        opened_at=1_767_355_200.0,
        client_address="192.0.2.1",
        expires_at=None,
        on_closed=registry.remove,
    )
    registry.add(session)
    session.start(*transports, first_frames=b"", limits=UNLIMITED, timeouts=CloseTimeouts())
    admin.far_ends.extend(far for _, far in ends)
    client, backend = (far for _, far in ends)
    return client, backend
