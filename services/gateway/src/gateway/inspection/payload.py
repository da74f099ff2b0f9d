"""The payload of one message, from its frames as they are on the wire: unmasked, joined, inflated (RFC 7692, 7.2.2).

Promises that never more than a limit is kept of what inflates, whatever the message claims.
"""

import zlib
from collections.abc import Iterator
from typing import Final

from websockets.utils import apply_mask

from gateway.session.extensions import RSV1

_TAIL: Final = b"\x00\x00\xff\xff"  # RFC 7692, 7.2.1: what the sender has taken away
_PIECE_BYTES: Final = 64 * 1024


class TooBig(Exception):
    """There is more than the limit allows."""


class NotDeflated(Exception):
    """The message says that it is compressed, but it is not."""


class Inflater:
    """Inflates the messages of one direction. ``keeps_context``: each one may refer to those before it."""

    __slots__ = ("_keeps_context", "_state")

    def __init__(self, *, keeps_context: bool) -> None:
        self._keeps_context = keeps_context
        self._state = zlib.decompressobj(wbits=-zlib.MAX_WBITS) if keeps_context else None

    def pieces(self, compressed: bytes, *, max_bytes: int) -> Iterator[bytes]:
        """What comes out, in pieces. Raises TooBig as soon as it is more than ``max_bytes``, and NotDeflated."""
        state = self._state or zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        rest, size = compressed + _TAIL, 0
        while rest:
            try:
                piece = state.decompress(rest, _PIECE_BYTES)
            except zlib.error as error:
                raise NotDeflated from error
            size += len(piece)
            if size > max_bytes:
                raise TooBig
            yield piece
            # A final block ends the stream, not the message (RFC 7692, 7.2.3.5): what follows begins anew.
            rest = state.unused_data if state.eof else state.unconsumed_tail
            if state.eof:
                state = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
                if self._keeps_context:
                    self._state = state


def is_compressed(first_byte: int) -> bool:
    """Whether the message that begins so is (RFC 7692, 6)."""
    return first_byte & RSV1 != 0


def wire_payload(frames: bytes) -> bytes:
    """The payloads of whole data frames, unmasked and joined."""
    parts, position = [], 0
    while position < len(frames):
        second = frames[position + 1]
        length, start = second & 0x7F, position + 2
        if length > 125:
            size_bytes = 2 if length == 126 else 8
            length = int.from_bytes(frames[start : start + size_bytes], "big")
            start += size_bytes
        if second & 0x80:
            start += 4
            parts.append(apply_mask(frames[start : start + length], frames[start - 4 : start]))
        else:
            parts.append(frames[start : start + length])
        position = start + length
    return parts[0] if len(parts) == 1 else b"".join(parts)
