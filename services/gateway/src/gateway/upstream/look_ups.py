"""Asks the operating system for the addresses of names, in threads of its own.

A look-up blocks its thread for as long as DNS takes, and nothing can cancel it. So names that
were slow share a few threads, and cannot take those of the others. The threads are daemons: the process does not wait
for a DNS server when it ends.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

# Blocks; called in a thread. Raises OSError (`socket.gaierror`).
AskSystem = Callable[[str], Sequence[str]]

_SLOW_AFTER = timedelta(seconds=1)
_MAX_REMEMBERED = 4096
_FINAL = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class LookUpFailed(Exception):
    """There is no answer. `is_final`: the name has no address; otherwise asking again may help."""

    def __init__(self, detail: str, *, is_final: bool) -> None:
        super().__init__(detail)
        self.is_final = is_final


def ask_system(host: str) -> Sequence[str]:
    """The addresses in the system's order of preference (RFC 6724)."""
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # A scope id (fe80::1%eth0) is of no use for a backend.
    return list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))


class LookUps:
    """At most `threads` at once, `slow_threads` of them for names that were slow the last time."""

    def __init__(
        self,
        ask: AskSystem = ask_system,
        *,
        threads: int = 32,
        slow_threads: int = 8,
        slow_after: timedelta = _SLOW_AFTER,
    ) -> None:
        self._ask = ask
        self._slow_after = slow_after.total_seconds()
        self._lane = asyncio.Semaphore(threads - slow_threads)
        self._slow_lane = asyncio.Semaphore(slow_threads)
        self._slow_names: set[str] = set()

    async def look_up(self, host: str) -> tuple[str, ...]:
        """The addresses, never none. Raises LookUpFailed. Ask once at a time for a name; to cancel it does not free the
        thread."""
        async with self._slow_lane if host in self._slow_names else self._lane:
            return await self._timed_look_up(host)

    async def _timed_look_up(self, host: str) -> tuple[str, ...]:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            found = await _in_daemon_thread(self._ask, host)
        except (OSError, UnicodeError) as error:
            is_final = isinstance(error, UnicodeError) or error.errno in _FINAL
            raise LookUpFailed(f"{host} has no address: {error}", is_final=is_final) from error
        finally:
            self._note_pace(host, is_slow=clock() - began > self._slow_after)
        if not found:
            raise LookUpFailed(f"{host} has no address", is_final=True)
        return tuple(found)

    def _note_pace(self, host: str, *, is_slow: bool) -> None:
        if not is_slow:
            self._slow_names.discard(host)
        elif len(self._slow_names) < _MAX_REMEMBERED:
            self._slow_names.add(host)


async def _in_daemon_thread(ask: AskSystem, host: str) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[Sequence[str]] = loop.create_future()

    def settle(found: Sequence[str], error: Exception | None) -> None:
        if answered.cancelled():
            return
        if error is None:
            answered.set_result(found)
        else:
            answered.set_exception(error)

    def run() -> None:
        found: Sequence[str] = ()
        failure: Exception | None = None
        try:
            found = ask(host)
        except Exception as error:  # The outer edge of the thread: whatever it is belongs to who waits.
            failure = error
        with suppress(RuntimeError):  # The loop is gone, and with it whoever waited.
            loop.call_soon_threadsafe(settle, found, failure)

    threading.Thread(target=run, name=f"look-up of {host}", daemon=True).start()
    return await answered
