"""How many lines a second may be written about what strangers do."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimit:
    """A bucket that fills at `per_second` up to `burst`."""

    def __init__(self, *, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left = float(burst)
        self._filled_at = clock()
        self._skipped = 0

    def take(self) -> int | None:
        """None: not this one. Else how many were skipped since the last that was taken."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._left < 1:
            self._skipped += 1
            return None
        self._left -= 1
        skipped, self._skipped = self._skipped, 0
        return skipped
