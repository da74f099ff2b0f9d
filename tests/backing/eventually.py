"""Waiting for something to become true, instead of sleeping.

Both forms try again until the assertion holds or the deadline has passed, then fail with the message and the last
reason. Deadlines are stretched by `SLUICE_TEST_TIME_SCALE` (default 1) for slow machines. Also here: ports nobody
listens on.
"""

import asyncio
import inspect
import os
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import TypeVar, overload

T = TypeVar("T")

_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.25


def scaled(duration: timedelta) -> timedelta:
    """The duration, stretched for this machine."""
    return duration * float(os.environ.get("SLUICE_TEST_TIME_SCALE", "1"))


@overload
async def eventually(
    assertion: Callable[[], Awaitable[T]],
    *,
    within: timedelta,
    message: str,
    retry_on: tuple[type[Exception], ...] = ...,
) -> T: ...
@overload
async def eventually(
    assertion: Callable[[], T], *, within: timedelta, message: str, retry_on: tuple[type[Exception], ...] = ...
) -> T: ...
async def eventually(
    assertion: Callable[[], Awaitable[T] | T],
    *,
    within: timedelta,
    message: str,
    retry_on: tuple[type[Exception], ...] = (),
) -> T:
    """What `assertion` returns, as soon as it neither raises AssertionError (or one of `retry_on`) nor returns False.

    The assertion may be a plain or an async function; one attempt never outlives the deadline. Raises AssertionError
    with `message`.
    """
    attempts = _Attempts(within, message=message, retry_on=(AssertionError, *retry_on))
    while True:
        try:
            async with asyncio.timeout(attempts.seconds_left()):
                outcome = assertion()
                value = await outcome if inspect.isawaitable(outcome) else outcome
            if value is not False:
                return value
        except TimeoutError as error:
            attempts.failed(error)
        except attempts.retry_on as error:
            attempts.failed(error)
        await asyncio.sleep(attempts.next_pause())


def eventually_sync(
    assertion: Callable[[], T],
    *,
    within: timedelta,
    message: str,
    retry_on: tuple[type[Exception], ...] = (),
) -> T:
    """The same for tests without an event loop."""
    attempts = _Attempts(within, message=message, retry_on=(AssertionError, *retry_on))
    while True:
        try:
            value = assertion()
            if value is not False:
                return value
        except attempts.retry_on as error:
            attempts.failed(error)
        time.sleep(attempts.next_pause())


def free_ports(count: int) -> list[int]:
    """So many different TCP ports of 127.0.0.1 that nobody listens on at this moment."""
    with ExitStack() as held:
        # All are held before the first is let go, or the same port could come twice.
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class _Attempts:
    """Counts down to one deadline, and remembers why the last attempt failed."""

    def __init__(self, within: timedelta, *, message: str, retry_on: tuple[type[Exception], ...]) -> None:
        self.retry_on = retry_on
        self._within = scaled(within)
        self._message = message
        self._deadline = time.monotonic() + self._within.total_seconds()
        self._pause = _FIRST_PAUSE_SECONDS
        self._reason: Exception | None = None

    def seconds_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def failed(self, reason: Exception) -> None:
        self._reason = reason

    def next_pause(self) -> float:
        left = self.seconds_left()
        if left <= 0:
            detail = f": {self._reason}" if self._reason is not None else ""
            raise AssertionError(f"not within {self._within}: {self._message}{detail}") from self._reason
        pause = min(self._pause, left)
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE_SECONDS)
        return pause
