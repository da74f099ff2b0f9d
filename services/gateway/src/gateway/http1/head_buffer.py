"""Collects the bytes of one message head until its empty line.

Promises bounded memory and work in proportion to the bytes fed, however they are cut into chunks, and an answer as
soon as a limit is passed rather than when the head ends. It does not look into lines.
"""

from typing import Final

from gateway.http1.errors import FirstLineTooLong, HeaderTooLarge, MalformedHead

MAX_LINE_BYTES: Final = 8192
MAX_HEADERS: Final = 100
MAX_HEAD_BYTES: Final = 65536

_END: Final = b"\r\n\r\n"


class HeadBuffer:
    """Feed it chunks; it gives back the head (without the empty line) and whatever followed."""

    __slots__ = ("_buffer", "_line_start", "_lines")

    def __init__(self) -> None:
        self._buffer: bytearray | None = None  # only for a head that comes in pieces
        self._line_start = 0
        self._lines = 0

    def feed(self, chunk: bytes) -> tuple[bytes, bytes] | None:
        """Return ``(head, rest)`` once the empty line is there, None before.

        Raises MalformedHead (or a subclass) as soon as the bytes cannot become an acceptable head.
        """
        buffer = self._buffer
        if buffer is None:
            end = chunk.find(_END)
            if end >= 0:
                return chunk[:end], chunk[end + len(_END) :]
            buffer = self._buffer = bytearray()
        seen = len(buffer)
        buffer += chunk
        end = buffer.find(_END, max(0, seen - 3))
        if end < 0:
            self._check_unfinished(buffer, seen)
            return None
        return bytes(buffer[:end]), bytes(buffer[end + len(_END) :])

    def starts_with(self, size: int) -> bytes:
        """The first ``size`` bytes seen so far, or fewer."""
        return b"" if self._buffer is None else bytes(self._buffer[:size])

    def _check_unfinished(self, buffer: bytearray, seen: int) -> None:
        if self._lines == 0 and len(buffer) > MAX_LINE_BYTES + 1 and buffer.find(b"\n", 0, MAX_LINE_BYTES + 2) < 0:
            raise FirstLineTooLong("The first line is too long.")
        new_lines = buffer.count(b"\n", seen)
        if new_lines:
            if new_lines != buffer.count(b"\r\n", max(0, seen - 1)):
                raise MalformedHead("A line does not end with CR LF.")
            self._lines += new_lines
            self._line_start = buffer.rfind(b"\n") + 1
        too_many = self._lines > MAX_HEADERS + 1
        too_long = len(buffer) - self._line_start > MAX_LINE_BYTES + 1
        if too_many or too_long or len(buffer) > MAX_HEAD_BYTES:
            raise HeaderTooLarge("The header fields are too large or too many.")
