"""What all downstream connections of a gateway share, and the connections that have no session yet.

Owns the tasks of decisions that have to wait and of PROXY headers; ``close`` drops the handshakes in progress and waits
for their tasks.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from gateway.handshake.admission import Admission, Decision, HandshakeObserver
from gateway.handshake.trace_context import NoTracing, Tracing
from gateway.handshake.trusted_proxies import TrustedProxies
from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session
from gateway.session.sweeper import Sweeper
from gateway.session.timers import Timers
from gateway.upstream.dial import Dialer

TLS_SHUTDOWN_SECONDS = 2.0
_MOST_TOLD = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HandshakeTimeouts:
    """``head``: from accept to the last byte of the head. ``linger``: how long a refused client may read its answer."""

    head: timedelta = timedelta(seconds=5)
    linger: timedelta = timedelta(seconds=2)


class PendingConnection(Protocol):
    """A downstream connection without a session."""

    @property
    def is_answered(self) -> bool:
        """Whether it has its answer, and only its client's end is waited for."""

    def drop(self) -> None:
        """End it now."""


def new_session_id() -> str:
    """A fresh random id."""
    return os.urandom(16).hex()


@dataclass(slots=True)
class Reception:
    """Build one for each gateway, inside its event loop."""

    admission: Admission
    dialer: Dialer
    registry: SessionRegistry
    observers: tuple[HandshakeObserver, ...]
    handshake_timeouts: HandshakeTimeouts = field(default_factory=HandshakeTimeouts)
    close_timeouts: CloseTimeouts = field(default_factory=CloseTimeouts)
    max_connections: int | None = None
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    tracing: Tracing = field(default_factory=NoTracing)
    wall_clock: Callable[[], float] = time.time
    new_session_id: Callable[[], str] = new_session_id
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    timers: Timers = field(default_factory=lambda: Timers(asyncio.get_running_loop()))
    sweeper: Sweeper = field(default_factory=lambda: Sweeper(asyncio.get_running_loop()))
    pending: set[PendingConnection] = field(default_factory=set)
    session_closed: Callable[[Session], None] = field(init=False)
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)  # of any result

    def __post_init__(self) -> None:
        # One bound method for all sessions, since each of them keeps it.
        self.session_closed = self.registry.remove

    @property
    def is_full(self) -> bool:
        """Whether a further connection would be over the cap: it is told so. See ``capacity``."""
        return self.max_connections is not None and self._connections >= self.max_connections

    @property
    def is_flooded(self) -> bool:
        """Whether so many are being told so already that a further one gets no answer."""
        return self.max_connections is not None and self._connections >= self.max_connections + _MOST_TOLD

    @property
    def _connections(self) -> int:
        return len(self.pending) + len(self.registry)

    @property
    def has_undecided(self) -> bool:
        """Whether any handshake is in progress."""
        return any(not connection.is_answered for connection in self.pending)

    def run(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task of ours; whoever asked for it cancels it when nobody waits any more."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def wait_for(self, decision: Awaitable[Decision]) -> asyncio.Task[Decision]:
        """Await a decision in a task of ours."""
        return self.run(_await(decision))

    async def close(self) -> None:
        """Drop every handshake in progress, and wait for all tasks. The listeners must have stopped before."""
        for connection in tuple(self.pending):
            connection.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.dialer.close()
        self.sweeper.close()


async def _await(decision: Awaitable[Decision]) -> Decision:
    return await decision
