"""Windows of time, the same for every gateway: they begin at round moments of the bus's clock.

Seconds, minutes, hours and days are counted from 1970, months by the calendar; everything is UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

_SECONDS = {"sec": 1, "min": 60, "hour": 3600, "day": 86_400}
_MONTH = "month"
_UNITS = (*_SECONDS, _MONTH)
_TEXT = re.compile(r"([1-9][0-9]{0,8})(sec|min|hour|day|month)")


class UnknownTimeUnit(ValueError):
    """A plan names a unit of time that this release does not know, or none of it."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` until just before `end`, in seconds since 1970."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WindowLength:
    """So many of a unit; its text (`5min`) is part of a quota's name."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def window_at(self, moment: float) -> Window:
        """The window which the moment is in."""
        if self.unit == _MONTH:
            return self._months_at(moment)
        seconds = self.count * _SECONDS[self.unit]
        start = int(moment // seconds) * seconds
        return Window(start, start + seconds)

    def _months_at(self, moment: float) -> Window:
        date = datetime.fromtimestamp(moment, UTC)
        index = (date.year * 12 + date.month - 1) // self.count
        return Window(_start_of_month(index * self.count), _start_of_month((index + 1) * self.count))


@lru_cache(maxsize=256)
def window_length(unit_time: int, time_unit: str) -> WindowLength:
    """What a plan says (`timeUnit` of WSO2: sec, min, hours, days, months). Raises UnknownTimeUnit."""
    unit = next((unit for unit in _UNITS if time_unit.lower() in (unit, f"{unit}s")), None)
    if unit is None or unit_time < 1:
        raise UnknownTimeUnit(f"no window of {unit_time} {time_unit!r}")
    return WindowLength(unit_time, unit)


@lru_cache(maxsize=256)
def parse_window_length(text: str) -> WindowLength | None:
    """The length with this text, or None where another release wrote it."""
    found = _TEXT.fullmatch(text)
    return WindowLength(int(found[1]), found[2]) if found else None


def seconds_of(time_unit: str) -> int:
    """How long one unit of a burst limit is. Raises UnknownTimeUnit."""
    window = window_length(1, time_unit).window_at(0)
    return window.end - window.start


def _start_of_month(months: int) -> int:
    return int(datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC).timestamp())
