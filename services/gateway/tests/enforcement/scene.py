"""Open sessions on facts: a client of the chat API and bystanders, between sockets on which nobody speaks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from backing.eventually import eventually
from contracts import Fact, Tombstone
from gateway.enforcement.adjustment import Meters, SessionAdjustment
from gateway.enforcement.judgement import Judge
from gateway.enforcement.reviewer import Reviewer
from gateway.enforcement.selection import SessionSelection
from gateway.enforcement.session_index import SessionIndex
from gateway.enforcement.touched import TouchedSessions
from gateway.handshake.admission import Admitted
from gateway.policies.authentication import Authentication
from gateway.policies.credentials import CredentialsCheck
from gateway.policies.session_limits import LimitsInForce
from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.limits import UNLIMITED
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session
from services.gateway.tests.policies.world import (
    NOW,
    SOON,
    World,
    api,
    application,
    attempt,
    consumer_key,
    deployment,
    everything,
    open_world,
    subscription,
    token,
)


@dataclass
class Line:
    """A session with what its client and its backend see: the far ends of two socket pairs."""

    session: Session
    client: socket.socket
    backend: socket.socket

    def assert_heard_nothing(self) -> None:
        for far in (self.client, self.backend):
            try:
                heard = far.recv(1)
            except BlockingIOError:
                continue
            raise AssertionError(f"something arrived: {heard!r}")


@dataclass
class Scene:
    """`registry` tells `index` of every session."""

    world: World
    registry: SessionRegistry
    index: SessionIndex
    reviewer: Reviewer
    lines: list[Line] = field(default_factory=list)

    async def open(
        self, path: str = "/chat/1.0/rooms/5", *, bearer: str | None = None, address: str = "192.0.2.1"
    ) -> Line:
        """A session as the handshake would open it."""
        admitted = await self.world.decide(attempt(path, bearer=token() if bearer is None else bearer))
        assert isinstance(admitted, Admitted), admitted
        session = Session(
            f"s{len(self.lines) + 1}",
            labels=admitted.labels,
            opened_at=float(NOW),
            client_address=address,
            expires_at=admitted.expires_at,
            grounds=admitted.grounds,
            on_closed=self.registry.remove,
        )
        ends = [socket.socketpair() for _ in range(2)]
        loop = asyncio.get_running_loop()
        transports = [(await loop.create_connection(asyncio.Protocol, sock=near))[0] for near, _ in ends]
        self.registry.add(session)
        session.start(*transports, first_frames=b"", limits=admitted.limits, timeouts=CloseTimeouts())
        for _, far in ends:
            far.setblocking(False)
        line = Line(session, ends[0][1], ends[1][1])
        self.lines.append(line)
        return line

    async def tell(self, *facts: Fact | Tombstone) -> None:
        """Returns when the facts are applied and all sessions that they touch are judged."""
        await self.world.tell(*facts)
        await eventually(lambda: not self.reviewer.is_busy, within=SOON, message="all touched sessions are judged")


def others() -> list[Fact]:
    """A second API with a second application that is subscribed to both."""
    return [
        api(id="a2", name="News", context="/news"),
        deployment(api_id="a2"),
        application(id="app2", name="Other", owner="carl"),
        consumer_key(client_id="c2", application_id="app2"),
        subscription(id="s2", application_id="app2"),
        subscription(id="s3", api_id="a2", application_id="app2"),
    ]


def other_token(**changes: object) -> str:
    """Of the second application's user."""
    return token(**({"client_id": "c2", "sub": "carl", "jti": "t2"} | changes))


@asynccontextmanager
async def open_scene(
    *changed: Fact, drain_over: timedelta = timedelta(seconds=0.05), meters: Meters | None = None
) -> AsyncIterator[Scene]:
    """Facts of both applications and APIs; each of `changed` replaces one of the first's."""
    index = SessionIndex()
    registry = SessionRegistry((index,))
    async with open_world(*everything(*changed), *others()) as world:
        authentication = Authentication(world.feed.trust, clock=lambda: float(NOW))
        reviewer = Reviewer(
            TouchedSessions(index, SessionSelection(registry, index)),
            Judge(CredentialsCheck(authentication, world.feed.trust)),
            table=lambda: world.feed.table,
            adjust=SessionAdjustment(index, LimitsInForce(UNLIMITED), meters=meters),
            drain_over=drain_over,
        )
        world.feed.add_listener(reviewer.note)
        running = asyncio.create_task(reviewer.run())
        scene = Scene(world, registry, index, reviewer)
        try:
            yield scene
        finally:
            running.cancel()
            await asyncio.wait([running])
            for line in scene.lines:
                line.client.close()
                line.backend.close()
            async with asyncio.timeout(SOON.total_seconds()):
                await registry.wait_empty()
