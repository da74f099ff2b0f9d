"""Where the bytes of one direction go: the other transport, nowhere, or the rest of one frame and then a Close.

A leg writes to its sink without asking in which state the session is, so that the open state costs nothing.
"""

from collections.abc import Callable
from typing import Protocol


class Sink(Protocol):
    """Takes the bytes of a direction, in order."""

    def write(self, chunk: bytes, /) -> None:
        """Send ``chunk`` on. Must not block."""


class DiscardingSink:
    """For a direction that has carried its Close frame: RFC 6455, 5.5.1 allows nothing after it."""

    __slots__ = ()

    def write(self, chunk: bytes, /) -> None:
        """Drop ``chunk``."""


DISCARD = DiscardingSink()


class RemainderSink:
    """Sends the rest of the frame in progress, then one last frame, then tells its owner. Drops what comes later."""

    __slots__ = ("_last_frame", "_on_sent", "_remaining", "_sink")

    def __init__(self, sink: Sink, *, remaining: int, last_frame: bytes, on_sent: Callable[[], None]) -> None:
        self._sink = sink
        self._remaining = remaining
        self._last_frame = last_frame
        self._on_sent = on_sent

    def write(self, chunk: bytes, /) -> None:
        """Send what of ``chunk`` belongs to the frame in progress."""
        if not self._remaining:
            return
        part = chunk[: self._remaining]
        self._remaining -= len(part)
        self._sink.write(part)
        if not self._remaining:
            self._sink.write(self._last_frame)
            self._on_sent()
