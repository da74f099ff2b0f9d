"""What a meter draws from: a share of a quota, or a burst limit."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol


class Standing(Enum):
    """What a source has for one more message."""

    LEFT = auto()
    UNKNOWN = auto()  # a claim is on its way
    SPENT = auto()


class Source(Protocol):
    """Credit is lent, so that a message costs two subtractions. Moments are the bus's.

    A lease is settled within moments, and none is given in the last moments of a window.
    """

    def standing(self, now: float) -> Standing:
        """Whether a message may go."""

    def offer(self, now: float) -> int:
        """How much it would lend now; at least 1 where something is left."""

    def is_lendable(self, now: float) -> bool:
        """Whether a lease may be kept for a while."""

    def lend(self, amount: int) -> None:
        """A lease begins."""

    def settle(self, lent: int, *, used: int, now: float) -> None:
        """It ends, and so much of it was used; bytes may be more than were lent."""

    def charge(self, used: int, *, now: float) -> None:
        """So much was used without a lease."""


LEND_UNTIL_SECONDS = 0.25
"""Before the end of a window: longer than a lease lives, and than an event loop should ever stall."""
