"""What time it is at the bus, from what it stamped on this gateway's own records.

A record that was sent at `s`, stamped `w` and read at `r` says that the bus's clock was `w` at some moment between
`s` and `r`. So `w - s` bounds from above how far the bus is ahead of us, and `w - r` from below: who stops at the end
of a window by `latest` and begins it by `earliest` is never outside of it. Until the first record of our own the
machine's clock stands in.
"""

from __future__ import annotations

from collections.abc import Callable

# Clocks drift apart, so a bound is believed for one to two of these.
_BOUND_SECONDS = 10.0
# Stamps are cut to whole milliseconds.
_STAMP_SECONDS = 0.001


class BusClock:
    """`monotonic` times what happens here; `wall` is the guess before anything was read back."""

    __slots__ = ("_above", "_above_before", "_above_since", "_ahead", "_below", "_guess", "_monotonic")

    def __init__(self, *, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._guess = wall() - monotonic()
        self._above = self._above_before = self._ahead = self._guess
        self._above_since = float("-inf")
        self._below = float("-inf")

    def latest(self) -> float:
        """The latest that it can be at the bus, in seconds since 1970."""
        return self._monotonic() + self._ahead

    def earliest(self) -> float:
        """The earliest that it can be."""
        return self._monotonic() + (self._guess if self._below == float("-inf") else self._below)

    def hear(self, written_at: float) -> None:
        """A record of anybody was read now: the bus's clock has at least come to its stamp."""
        self._below = max(self._below, written_at - self._monotonic())
        self._bound()

    def learn(self, *, sent_at: float, written_at: float) -> None:
        """A record of our own was read now. `sent_at` is a moment of the monotonic clock before it was sent."""
        now, above = self._monotonic(), written_at + _STAMP_SECONDS - sent_at
        # The newest record has the last word when the bus's clock was set, or another broker took over.
        self._below = written_at - now
        if now - self._above_since > _BOUND_SECONDS:
            is_first = self._above_since == float("-inf")
            self._above_before, self._above, self._above_since = above if is_first else self._above, above, now
        self._above = min(self._above, above)
        self._bound()

    def _bound(self) -> None:
        """Asked for more often than it changes."""
        self._ahead = max(min(self._above, self._above_before), self._below)
