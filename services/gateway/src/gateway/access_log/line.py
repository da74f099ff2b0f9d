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
        return f"{self.text}.{int((at - second) * 1000):03d}Z"


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How lines look. A line is put together from parts, since the parts of many lines are the same."""

    values: Callable[[Values], str]
    join: str
    begin: Callable[[str, str], str]
    end: str = ""
    _clock: _Clock = field(default_factory=_Clock)

    def line(self, event: str, at: float, *parts: str) -> str:
        """Without its end of line. `parts` come from `values`."""
        return f"{self.begin(event, self._clock.timestamp(at))}{self.join.join(parts)}{self.end}"


def line_format(log_format: Literal["json", "console"]) -> LineFormat:
    """That of the other logs."""
    if log_format == "json":
        return LineFormat(_json_values, ", ", _json_begin, "}")
    return LineFormat(_console_values, " ", _console_begin)


def _json_values(values: Values) -> str:
    return ", ".join([f'"{name}": {_encode(value)}' for name, value in values.items()])


def _encode(value: Value) -> str:
    """As `json.dumps`, which builds an encoder for each call."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    return "null" if value is None else str(value)


def _json_begin(event: str, timestamp: str) -> str:
    head = '", "service": "gateway", "logger": "access", "level": "info", "timestamp": "'
    return f'{{"event": "{event}{head}{timestamp}", '


def _console_values(values: Values) -> str:
    """Empty values are left out."""
    return " ".join([f"{name}={_encode(value)}" for name, value in values.items() if value not in {"", None}])


def _console_begin(event: str, timestamp: str) -> str:
    return f"{timestamp} [info     ] {event:<18} "
