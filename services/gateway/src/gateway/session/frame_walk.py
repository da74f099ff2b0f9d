"""Walks the frame headers of one direction over arbitrary chunks, without unmasking or copying payloads (RFC 6455, 5).

Promises: what ``feed`` returns is what may be sent on, byte for byte; a header or a control frame that is cut by the
end of a chunk is withheld until it is whole, so between two feeds ``remaining == 0`` means "on a frame boundary".
After a Close frame or a violation nothing more is returned. UTF-8 and payload contents are the endpoints' business.
"""

import time
from collections.abc import Callable, Collection
from typing import Final

from gateway.session.close_codes import CloseCode
from gateway.session.extensions import RSV1
from gateway.session.violation import MAX_SIGNED_64, Violation, violation_of_first_byte

# RFC 6455, 7.1.5: what a Close frame without a code means; it is never on the wire.
NO_STATUS_RECEIVED: Final = 1005

# RFC 6455, 5.2: a length is written in the fewest bytes. From the 7-bit length to the least that may follow it.
_SHORTEST: Final = {126: 126, 127: 65536}

# The longest payload whose length has seven or sixteen bits.
_MAX_USUAL_LENGTH: Final = 65535
_FLOOD: Final = Violation(CloseCode.POLICY_VIOLATION, "Too many control frames")

# First bytes of whole data messages: without, and with permessage-deflate.
_USUAL: Final = (frozenset((0x81, 0x82)), frozenset((0x81, 0x82, 0xC1, 0xC2)))

_NO_FIRST_BYTES: Final[Collection[int]] = frozenset()


class FrameWalk:
    """The state of one direction.

    ``messages`` counts data messages whose first frame has begun, ``payload_bytes`` the payload of data frames whose
    header was seen. ``alert`` turns true once, at a Close frame or a violation; the owner must look after each feed.
    ``in_message`` is true between the frames of a fragmented message. ``max_control_frames`` is the limit of control
    frames and empty fragments, which cost much and carry nothing, in a second; the clock is read once in so many.
    """

    __slots__ = (
        "_clock", "_control_frames", "_counted_since", "_first_bytes", "_held", "_mask_bit", "_max_control_frames",
        "_max_message_bytes", "_message_bytes", "_rsv_allowed", "_usual", "alert", "close_code", "close_frame_bytes",
        "in_message", "messages", "payload_bytes", "remaining", "violation",
    )  # fmt: skip

    def __init__(
        self,
        *,
        masked: bool,
        rsv_allowed: int = 0,
        max_message_bytes: int = MAX_SIGNED_64,
        max_control_frames: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mask_bit = 0x80 if masked else 0
        self._rsv_allowed = rsv_allowed
        self._clock = clock
        self._control_frames = 0  # and empty fragments, since:
        self._counted_since = 0.0
        self.in_message = False
        self._message_bytes = 0
        self._held = b""
        self.remaining = 0
        self.messages = 0
        self.payload_bytes = 0
        self.alert = False
        self.close_code: int | None = None
        self.close_frame_bytes = 0
        self.violation: Violation | None = None
        self._usual = self._first_bytes = _NO_FIRST_BYTES
        self.use_limits(max_message_bytes, max_control_frames=max_control_frames)

    def use_limits(self, max_message_bytes: int, *, max_control_frames: int | None) -> None:
        """Hold to these from the next frame on."""
        self._max_message_bytes = max_message_bytes
        self._max_control_frames = max_control_frames
        # First bytes of a whole data message in one frame. Below this limit each is measured.
        has_usual = max_message_bytes >= _MAX_USUAL_LENGTH
        self._usual = _USUAL[self._rsv_allowed & RSV1 != 0] if has_usual else _NO_FIRST_BYTES
        if not self.in_message and not self.alert:
            self._first_bytes = self._usual

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk as it was read; return what of it (and of what was withheld) may be sent on now."""
        start = self.remaining
        if start:
            if len(chunk) <= start:
                self.remaining = start - len(chunk)
                return chunk
            self.remaining = 0
        elif self._held:
            chunk = self._held + chunk
            self._held = b""
        return self._walk(chunk, start)

    @property
    def is_inside_frame(self) -> bool:
        """Whether a frame has begun that is not whole yet."""
        return self.remaining > 0 or len(self._held) > 0

    def take_held(self) -> bytes:
        """Hand over what was withheld: whoever walks frame by frame puts it before the next chunk."""
        held, self._held = self._held, b""
        return held

    def uncount(self, *, messages: int, payload_bytes: int) -> None:
        """These were walked, but are not sent on."""
        self.messages -= messages
        self.payload_bytes -= payload_bytes

    def _walk(self, chunk: bytes, position: int) -> bytes:
        size = len(chunk)
        mask_bit = self._mask_bit
        header = 6 if mask_bit else 2
        last = size - 1
        while True:
            first_bytes = self._first_bytes
            begin = frame = position
            frames = long_frames = length = 0
            while position < last:
                # A wrong mask bit makes this 128 or more, so it is not usual either.
                length = chunk[position + 1] ^ mask_bit
                if chunk[position] not in first_bytes:
                    break
                frame = position
                if length <= 125:
                    position += header + length
                elif length == 126 and position + 3 <= last:
                    length = chunk[position + 2] << 8 | chunk[position + 3]
                    if length <= 125:
                        break
                    position += header + 2 + length
                    long_frames += 1
                else:
                    break
                frames += 1
            self.messages += frames
            self.payload_bytes += position - begin - header * frames - 2 * long_frames
            if position == size:
                return chunk
            if position > size:
                return self._end_inside(chunk, frame, position, length)
            position = self.step(chunk, position)
            if position < 0:
                return chunk[:~position]
            if position >= size:
                self.remaining = position - size
                return chunk

    def _end_inside(self, chunk: bytes, start: int, end: int, length: int) -> bytes:
        """The last usual frame is longer than the chunk."""
        if end - length <= len(chunk):
            self.remaining = end - len(chunk)
            return chunk
        self.messages -= 1
        self.payload_bytes -= length
        return chunk[: ~self._hold(chunk, start)]

    def step(self, chunk: bytes, position: int) -> int:
        """Walk one frame by the book.

        Return where it ends, perhaps beyond the chunk; or, when no further byte may be sent on now, ``~end`` (which
        is negative) of what may.
        """
        if self.alert:
            return ~0
        if len(chunk) - position < 2:
            return self._hold(chunk, position)
        first, second = chunk[position], chunk[position + 1]
        violation = self._check_first_bytes(first, second)
        if violation is not None:
            return self._stop(position, violation)
        length, size_bytes = second & 0x7F, 0
        if length > 125:
            size_bytes = 2 if length == 126 else 8
            length = int.from_bytes(chunk[position + 2 : position + 2 + size_bytes], "big")
        header = 2 + size_bytes + (4 if self._mask_bit else 0)
        if len(chunk) < position + header:
            return self._hold(chunk, position)
        return self._judge_frame(chunk, position, header, length)

    def _judge_frame(self, chunk: bytes, position: int, header: int, length: int) -> int:
        shortest = _SHORTEST.get(chunk[position + 1] & 0x7F, 0)
        if not shortest <= length <= MAX_SIGNED_64:
            return self._stop(position, Violation(CloseCode.PROTOCOL_ERROR, "Wrong length encoding"))
        first = chunk[position]
        if first & 0x08:
            return self._control_frame(chunk, position, position + header + length)
        if self._message_bytes + length > self._max_message_bytes:
            return self._stop(position, Violation(CloseCode.MESSAGE_TOO_BIG, "Message too big"))
        if not length and not first & 0x80 and self._is_flood():
            return self._stop(position, _FLOOD)
        self._count_data_frame(first, length)
        return position + header + length

    def _check_first_bytes(self, first: int, second: int) -> Violation | None:
        if second & 0x80 != self._mask_bit:
            return Violation(CloseCode.PROTOCOL_ERROR, "Wrong masking")
        if first in self._first_bytes:
            return None
        return violation_of_first_byte(first, second & 0x7F, in_message=self.in_message, rsv_allowed=self._rsv_allowed)

    def _count_data_frame(self, first: int, length: int) -> None:
        self.payload_bytes += length
        if first & 0x0F:
            self.messages += 1
        self.in_message = not first & 0x80
        if self.in_message:
            self._message_bytes += length
            # Inside a fragmented message a new data frame is an error, so no first byte is usual.
            self._first_bytes = _NO_FIRST_BYTES
        else:
            self._message_bytes = 0
            self._first_bytes = self._usual

    def _control_frame(self, chunk: bytes, start: int, end: int) -> int:
        if end > len(chunk):
            return self._hold(chunk, start)
        if chunk[start] & 0x0F != 0x08:
            return self._stop(start, _FLOOD) if self._is_flood() else end
        self.alert = True
        self.close_frame_bytes = end - start
        self.close_code = self._read_close_code(chunk, start, end)
        self._first_bytes = _NO_FIRST_BYTES
        return ~end

    def _is_flood(self) -> bool:
        self._control_frames += 1
        if self._max_control_frames is None or self._control_frames <= self._max_control_frames:
            return False
        now = self._clock()
        if now - self._counted_since < 1.0:
            return True
        self._counted_since = now
        self._control_frames = 1
        return False

    def _read_close_code(self, chunk: bytes, start: int, end: int) -> int:
        payload_start = start + (6 if self._mask_bit else 2)
        if end - payload_start < 2:
            return NO_STATUS_RECEIVED
        code = int.from_bytes(chunk[payload_start : payload_start + 2], "big")
        return code ^ int.from_bytes(chunk[start + 2 : start + 4], "big") if self._mask_bit else code

    def _hold(self, chunk: bytes, start: int) -> int:
        self._held = chunk[start:]
        return ~start

    def _stop(self, position: int, violation: Violation) -> int:
        self.alert = True
        self.violation = violation
        self._first_bytes = _NO_FIRST_BYTES
        return ~position
