"""What is counted on the way, in plain numbers that are made into samples when somebody scrapes.

prometheus_client's own counters take a lock and look up their labels each time, which is a good part of what a short
session costs. So these belong to the event loop: it alone counts, and it alone reads.
"""

from __future__ import annotations

from bisect import bisect_left

Labels = tuple[str, ...]


class Counts:
    """How often something happened, by label values in the order of the family's labels."""

    __slots__ = ("by_labels",)

    def __init__(self) -> None:
        self.by_labels: dict[Labels, int] = {}

    def add(self, labels: Labels, count: int = 1) -> None:
        """It happened once more, or so many times."""
        self.by_labels[labels] = self.by_labels.get(labels, 0) + count


class Timed:
    """How long something took: how often up to each bound and not up to the one before, beyond the last, and in all."""

    __slots__ = ("counts", "seconds")

    def __init__(self, bounds: int) -> None:
        self.counts = [0] * (bounds + 1)
        self.seconds = 0.0


class Timings:
    """How long something took each time, by label values."""

    __slots__ = ("_bounds", "by_labels")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.by_labels: dict[Labels, Timed] = {}

    def of(self, labels: Labels) -> Timed:
        """Those with these labels, which are shown from now on."""
        timed = self.by_labels.get(labels)
        if timed is None:
            timed = self.by_labels[labels] = Timed(len(self._bounds))
        return timed

    def observe(self, labels: Labels, seconds: float) -> None:
        """It took so long this time. A bound belongs to what is below it."""
        timed = self.of(labels)
        timed.counts[bisect_left(self._bounds, seconds)] += 1
        timed.seconds += seconds
