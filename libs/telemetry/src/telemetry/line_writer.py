"""Writes lines to a stream without ever holding up the event loop, whatever the stream does.

Promises that lines keep their order and come out whole within a fraction of a second; that memory is bounded: where the
stream is slower than the lines come, or fails (a full disk), lines are lost and counted. Owns no task: the caller runs
`run()`.
"""

from __future__ import annotations

import asyncio
from typing import TextIO

_GATHER_SECONDS = 0.1
MAX_LINES = 20_000


class LineWriter:
    """`lost` counts the lines that could not be kept or written."""

    def __init__(self, stream: TextIO, *, max_lines: int = MAX_LINES) -> None:
        self.lost = 0
        self._stream = stream
        self._max_lines = max_lines
        self._lines: list[str] = []
        self._has_lines = asyncio.Event()

    def write(self, line: str) -> None:
        """Takes one line, without its end."""
        if len(self._lines) >= self._max_lines:
            self.lost += 1
            return
        if not self._lines:
            self._has_lines.set()
        self._lines.append(line)

    async def run(self) -> None:
        """Ends only by cancellation, and then writes what is left."""
        try:
            while True:
                await self._has_lines.wait()
                await asyncio.sleep(_GATHER_SECONDS)
                self._has_lines.clear()
                lines, self._lines = self._lines, []
                await asyncio.to_thread(self._write_all, lines)
        finally:
            self._write_all(self._lines)
            self._lines = []

    def _write_all(self, lines: list[str]) -> None:
        if not lines:
            return
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (OSError, ValueError):  # ValueError: the stream is closed.
            self.lost += len(lines)
