"""Looks names up, for the check of an endpoint that is saved.

A look-up blocks its thread for as long as DNS takes, and nothing can cancel it: the threads are daemons, few, and their
own, so that a slow name keeps nobody from anything else, nor the process from ending.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from backends.host_spelling import IPAddress

TIME_LIMIT = timedelta(seconds=2)
_MAX_THREADS = 16


class LookUps(Protocol):
    """Finds the addresses of a name."""

    async def look_up(self, host: str) -> Sequence[IPAddress]:
        """Empty where the name has none now, or is not found in time."""
        ...


class SystemLookUps:
    """Asks the operating system."""

    def __init__(self, *, time_limit: timedelta = TIME_LIMIT) -> None:
        self._seconds = time_limit.total_seconds()
        self._free = threading.Semaphore(_MAX_THREADS)

    async def look_up(self, host: str) -> Sequence[IPAddress]:
        """See `LookUps`."""
        if not self._free.acquire(blocking=False):
            return ()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[IPAddress]] = loop.create_future()
        threading.Thread(target=self._ask, args=(host, loop, answer), name="look-up", daemon=True).start()
        try:
            async with asyncio.timeout(self._seconds):
                return await answer
        except TimeoutError:
            return ()

    def _ask(self, host: str, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Sequence[IPAddress]]) -> None:
        try:
            found = _addresses(host)
        finally:
            self._free.release()
        with suppress(RuntimeError):  # The loop has ended while DNS was slow.
            loop.call_soon_threadsafe(_settle, answer, found)


def _settle(answer: asyncio.Future[Sequence[IPAddress]], found: Sequence[IPAddress]) -> None:
    if not answer.done():
        answer.set_result(found)


def _addresses(host: str) -> Sequence[IPAddress]:
    try:
        rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        return ()
    texts = dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows)
    return [ipaddress.ip_address(each) for each in texts]
