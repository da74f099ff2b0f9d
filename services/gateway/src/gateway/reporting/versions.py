"""Versions for facts that a process makes: milliseconds since 1970, and always more than before."""

from __future__ import annotations

import time
from collections.abc import Callable


class Versions:
    """`clock` gives seconds since 1970; it may jump."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A version newer than all before."""
        self._last = max(self._last + 1, int(self._clock() * 1000))
        return self._last
