"""The end of a gateway's life, in four steps: no longer ready but accepting, since balancers need time to look
elsewhere; no longer accepting; the sessions closed with 1012 at a paced, jittered rate; whatever is left cut off.

Promises that a handshake that was accepted in time is decided as ever, that what was read before a session's Close is
delivered whole to whoever reads it, and that `run` returns within delay + grace, whatever the peers do.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.handshake.listener import Listener
from gateway.handshake.reception import Reception
from gateway.session.close_codes import CloseCode

_LOOK_EVERY_SECONDS = 0.02


class DrainState(StrEnum):
    """How far it is."""

    SERVING = "serving"
    LEAVING = "leaving"
    CLOSING = "closing"
    DRAINED = "drained"


@dataclass(frozen=True, slots=True)
class DrainTimes:
    """`delay`: still accepting. `duration`: over how long the sessions are closed. `grace`: from the end of the delay
    until everything is over."""

    delay: timedelta
    duration: timedelta
    grace: timedelta


class Drain:
    """One for each gateway. `refuse` is called when whoever still asks for a session is to be refused."""

    def __init__(
        self, listeners: Sequence[Listener], reception: Reception, *, times: DrainTimes, refuse: Callable[[], None]
    ) -> None:
        self.state = DrainState.SERVING
        self._listeners = listeners
        self._reception = reception
        self._times = times
        self._refuse = refuse
        self._running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Returns when it is over. Whoever asks again waits for the same end; one that stops waiting stops nothing."""
        if self._running is None:
            self.state = DrainState.LEAVING
            self._running = asyncio.create_task(self._drain(), name="drain")
        await asyncio.shield(self._running)

    async def _drain(self) -> None:
        await asyncio.sleep(self._times.delay.total_seconds())
        self.state = DrainState.CLOSING
        for listener in self._listeners:
            listener.stop_accepting()
        try:
            async with asyncio.timeout(self._times.grace.total_seconds()):
                await self._close_sessions()
        except TimeoutError:
            self._reception.registry.abort_all()
        await self._reception.close()
        self.state = DrainState.DRAINED

    async def _close_sessions(self) -> None:
        registry = self._reception.registry
        await registry.close_all(CloseCode.SERVICE_RESTART, over=self._times.duration)
        # Handshakes that had begun when accepting ended have become sessions meanwhile, or do so now.
        await self._until_decided()
        self._refuse()
        registry.close_where(lambda _: True, code=CloseCode.SERVICE_RESTART)
        await registry.wait_empty()

    async def _until_decided(self) -> None:
        longest = self._reception.handshake_timeouts.head.total_seconds()
        deadline = self._reception.loop.time() + longest
        while self._reception.has_undecided and self._reception.loop.time() < deadline:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
