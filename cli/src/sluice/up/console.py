"""The launcher's terminal: what it says itself, and the lines of the children with their names before them."""

from __future__ import annotations

from typing import TextIO

_COLOURS = (36, 33, 35, 32, 34)


class Console:
    """Writes whole lines. When nobody reads any more (`make run | head`), the lines are dropped and the platform runs
    on.
    """

    def __init__(self, stream: TextIO, *, is_coloured: bool = False) -> None:
        self._stream = stream
        self._is_coloured = is_coloured
        self._is_open = True
        self._colours: dict[str, int] = {}

    def say(self, text: str) -> None:
        """A line of the launcher's own."""
        self._write(f"{text}\n")

    def child_line(self, name: str, line: str) -> None:
        """A line that a child wrote."""
        prefix = f"{name:<10} |"
        if self._is_coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._write(f"{prefix} {line}\n")

    def _write(self, text: str) -> None:
        if not self._is_open:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._is_open = False
