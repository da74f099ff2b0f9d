"""One timer for all sessions: a timing wheel that asks each watch when it is due, and learns when to ask again.

Owns one timer, which runs while anything is watched; ``close`` stops it. Adding, moving and removing cost the same with
ten sessions as with a hundred thousand, and an idle session has no timer of its own.
"""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol

# Watches are due within a quarter of a second; who is due later than the wheel reaches is asked once in a while.
TICK: Final = timedelta(seconds=0.25)
_SPOKES: Final = 128

_NOWHERE: Final = -1


class Watched(Protocol):
    """Somebody whom the sweeper visits."""

    spoke: int  # the sweeper's own

    def sweep(self, now: float) -> float:
        """Do what is due; return when to come again, both in loop time."""


class Sweeper:
    """See the module. ``ping_payload`` tells the gateway's own pings from the peers'."""

    __slots__ = ("_count", "_loop", "_position", "_spokes", "_tick", "_timer", "_wall_clock", "ping_payload")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        tick: timedelta = TICK,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._loop = loop
        self._tick = tick.total_seconds()
        self._wall_clock = wall_clock
        self._spokes: list[set[Watched]] = [set() for _ in range(_SPOKES)]
        self._position = 0  # the tick up to which all were visited
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self.ping_payload = os.urandom(8)

    def now(self) -> float:
        """Loop time, which no change of the clock on the wall moves."""
        return self._loop.time()

    def loop_time_of(self, posix_time: float) -> float:
        """When it will be ``posix_time``, as of what the clock on the wall says now."""
        return self._loop.time() + (posix_time - self._wall_clock())

    def put(self, watched: Watched, *, due: float) -> None:
        """Visit ``watched`` at ``due``, or sooner; moves it when it is here already."""
        self.remove(watched)
        if self._timer is None:
            self._position = int(self._loop.time() / self._tick)
            self._timer = self._loop.call_later(self._tick, self._turn)
        # Rounded up, so that whoever is visited is due; never the present tick, which has been visited.
        ahead = int(due / self._tick) + 1 - self._position
        watched.spoke = (self._position + min(max(ahead, 1), _SPOKES - 1)) % _SPOKES
        self._spokes[watched.spoke].add(watched)
        self._count += 1

    def remove(self, watched: Watched) -> None:
        """Do not visit it again."""
        if watched.spoke != _NOWHERE:
            self._spokes[watched.spoke].discard(watched)
            watched.spoke = _NOWHERE
            self._count -= 1

    def close(self) -> None:
        """Visit nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        now = self._loop.time()
        present = int(now / self._tick)
        # After a long stop of the process one turn of the whole wheel reaches everybody.
        for position in range(max(self._position + 1, present - _SPOKES + 1), present + 1):
            self._position = position
            self._visit(position % _SPOKES, now)
        self._timer = self._loop.call_later(self._tick, self._turn) if self._count else None

    def _visit(self, spoke: int, now: float) -> None:
        due, self._spokes[spoke] = self._spokes[spoke], set()
        for watched in due:
            if watched.spoke != spoke:
                continue  # Removed, or moved, by a visit before its own.
            watched.spoke = _NOWHERE
            self._count -= 1
            try:
                again = watched.sweep(now)
            except Exception as error:
                context = {"message": "A session could not be watched", "exception": error}
                self._loop.call_exception_handler(context)
                continue
            if again < float("inf"):
                self.put(watched, due=again)
