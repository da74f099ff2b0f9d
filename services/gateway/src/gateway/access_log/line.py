"""One line of the access log, in the form of the other logs but without their pipeline, which would cost more than the
rest of a handshake. Whatever a peer sent is escaped, so no value can begin a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Literal

# Finite numbers, and no booleans.
Value = str | int | float | None
Values = dict[str, Value]


_MILLISECONDS = tuple([f".{milliseconds:03d}Z" for milliseconds in range(1000)])


@dataclass(slots=True)
class _Clock:
    """Timestamps; what the lines of one second share is made once."""

    second: int = -1
    text: str = ""

    def timestamp(self, at: float) -> str:
        second = int(at)
        if second != self.second:
            self.second = second
            self.text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return self.text + _MILLISECONDS[int((at - second) * 1000)]


class Part:
    """Values under names that many lines have; `heads` are those names as they are written."""

    __slots__ = ("_heads", "_join", "_keeps_empty")

    def __init__(self, heads: tuple[str, ...], *, join: str, keeps_empty: bool) -> None:
        self._heads = heads
        self._join = join
        self._keeps_empty = keeps_empty

    def of(self, *values: Value) -> str:
        """As many values as names, in their order."""
        texts = []
        for index, value in enumerate(values):
            if self._keeps_empty or value not in {"", None}:
                texts.append(self._heads[index] + _encode(value))
        return self._join.join(texts)

    def written(self, *texts: str) -> str:
        """The same of values that are written as they stand in a line, none of them empty."""
        line = ""
        for index, text in enumerate(texts):
            line += (self._join + self._heads[index] if index else self._heads[0]) + text
        return line


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How lines look. A line is put together from parts, since the parts of many lines are the same."""

    head: Callable[[str], str]
    join: str
    begin: Callable[[str, str], str]
    end: str = ""
    keeps_empty: bool = True
    _clock: _Clock = field(default_factory=_Clock)

    def part(self, *names: str) -> Part:
        """For values under these names."""
        return Part(tuple([self.head(name) for name in names]), join=self.join, keeps_empty=self.keeps_empty)

    def values(self, values: Values) -> str:
        """A part that hardly any other line has."""
        return self.part(*values).of(*values.values())

    def line(self, event: str, at: float, parts: str) -> str:
        """Without its end of line. Of several parts, `join` is between them."""
        return self.begin(event, self._clock.timestamp(at)) + parts + self.end


def line_format(log_format: Literal["json", "console"]) -> LineFormat:
    """That of the other logs."""
    if log_format == "json":
        return LineFormat(_json_head, ", ", _json_begin, "}")
    return LineFormat(_console_head, " ", _console_begin, keeps_empty=False)


def quoted(text: str) -> str:
    """As `json.dumps`, which builds an encoder for each call."""
    return encode_basestring_ascii(text)


def _encode(value: Value) -> str:
    if isinstance(value, str):
        return quoted(value)
    return "null" if value is None else str(value)


def _json_head(name: str) -> str:
    return f'"{name}": '


def _json_begin(event: str, timestamp: str) -> str:
    head = '", "service": "gateway", "logger": "access", "level": "info", "timestamp": "'
    return f'{{"event": "{event}{head}{timestamp}", '


def _console_head(name: str) -> str:
    return f"{name}="


def _console_begin(event: str, timestamp: str) -> str:
    return f"{timestamp} [info     ] {event:<18} "
