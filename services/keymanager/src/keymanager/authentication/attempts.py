"""The brake on guessing: after a few wrong guesses each further one waits, up to a minute, by name and source.

Only failures count, and the right secret forgets them. Attempts of one name from one source take turns, so a thousand
parallel guesses are not a thousand hashes. In memory and bounded: a restart forgets, another replica counts its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from keymanager.errors import TooManyAttempts

T = TypeVar("T")

FREE_FAILURES = 5
LONGEST_WAIT_SECONDS = 60.0
FORGET_AFTER_SECONDS = 900.0
MAX_ENTRIES = 10_000


@dataclass(slots=True)
class _Entry:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    failures: int = 0
    failed_at: float = 0.0


class Attempts:
    """One for each process. `clock` is monotonic, in seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, max_entries: int = MAX_ENTRIES) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    async def guarded(self, check: Callable[[], Awaitable[T | None]], *, name: str, source: str) -> T | None:
        """What `check` returns; None is a wrong guess. Raises `TooManyAttempts` without checking."""
        key = hashlib.sha256(f"{source}\n{name}".encode()).digest()
        entry = self._entry(key)
        async with entry.turn:
            wait = self._remaining_wait(entry)
            if wait > 0:
                raise TooManyAttempts(retry_after=math.ceil(wait))
            checked = await check()
            if checked is None:
                self._count_failure(entry)
            else:
                entry.failures = 0
        if entry.failures == 0 and not entry.turn.locked() and self._entries.get(key) is entry:
            del self._entries[key]
        return checked

    def _entry(self, key: bytes) -> _Entry:
        entry = self._entries.setdefault(key, _Entry())
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
        return entry

    def _remaining_wait(self, entry: _Entry) -> float:
        since = self._clock() - entry.failed_at
        if since > FORGET_AFTER_SECONDS:
            entry.failures = 0
        if entry.failures < FREE_FAILURES:
            return 0.0
        return min(2.0 ** (entry.failures - FREE_FAILURES), LONGEST_WAIT_SECONDS) - since

    def _count_failure(self, entry: _Entry) -> None:
        # Beyond this the wait does not grow, and a power of two would.
        entry.failures = min(entry.failures + 1, FREE_FAILURES + 10)
        entry.failed_at = self._clock()
