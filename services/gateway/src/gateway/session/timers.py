"""Timers for what is started with each handshake and hardly ever comes due: time limits.

Promises that a call comes at its time or within a tick after it, and that whoever raises keeps nobody else from being
called. All share one timer of the event loop, which runs while any tick is still to come; to start and to cancel one is
to put an object into a set and to take it out, where a timer of the loop's own costs ten times that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

_TICKS_PER_SECOND: Final = 20
_TICK_SECONDS: Final = 1 / _TICKS_PER_SECOND


class Timer:
    """One call to come."""

    __slots__ = ("_callback", "_due")

    def __init__(self, callback: Callable[[], None], due: set[Timer]) -> None:
        self._callback: Callable[[], None] | None = callback
        self._due = due
        due.add(self)

    def cancel(self) -> None:
        """It does not come. May be called again, and after it came."""
        self._due.discard(self)
        self._callback = None

    def fire(self) -> None:
        """It comes now, unless it was cancelled."""
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class Timers:
    """See the module. `time` and `call_later` are like those of the loop, in seconds."""

    __slots__ = ("_by_tick", "_last_tick", "_loop", "_turning")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._by_tick: dict[int, set[Timer]] = {}
        self._last_tick = 0  # up to which all have been called
        self._turning: asyncio.TimerHandle | None = None

    def time(self) -> float:
        """The loop's."""
        return self._loop.time()

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Calls back once, so much later."""
        now = self._loop.time()
        if self._turning is None:
            self._last_tick = int(now * _TICKS_PER_SECOND)
            self._turning = self._loop.call_later(_TICK_SECONDS, self._turn)
        # Rounded up; the present tick may have been called already.
        tick = max(int((now + delay) * _TICKS_PER_SECOND), self._last_tick) + 1
        due = self._by_tick.get(tick)
        if due is None:
            due = self._by_tick[tick] = set()
        return Timer(callback, due)

    def _turn(self) -> None:
        present = int(self._loop.time() * _TICKS_PER_SECOND)
        for tick in range(self._last_tick + 1, present + 1):
            self._last_tick = tick
            for timer in tuple(self._by_tick.pop(tick, ())):
                self._fire(timer)
        self._turning = self._loop.call_later(_TICK_SECONDS, self._turn) if self._by_tick else None

    def _fire(self, timer: Timer) -> None:
        try:
            timer.fire()
        except Exception as error:
            self._loop.call_exception_handler({"message": "A time limit could not be kept", "exception": error})
