"""The frame-by-frame way of one direction, for the moments in which a chunk cannot simply be passed on.

Promises: a message is judged at its first frame and all its fragments share its fate; control frames pass, also between
the fragments of a dropped message; what is due to be inserted goes in on a boundary; nothing else changes a byte. While
a message waits for its verdict, it and everything behind it is held; while one is looked into, it alone is withheld.
Pure: no I/O, no clock.
"""

from typing import Final

from gateway.session.frame_walk import FrameWalk
from gateway.session.inspector import Inspector
from gateway.session.meter import Meter, Verdict
from gateway.session.withholding import Withholding

PONG: Final = 0x8A
_DATA_OPCODE: Final = 0x0F

_MAX_DUE_BYTES: Final = 4096  # of text frames that wait; what comes on top is not said

_HOLDING: Final = frozenset({Verdict.PAUSE, Verdict.WAIT})


class Sieve:
    """Stands between a walk and its sink.

    ``indivisible``: bits of a message's first byte that make it one that cannot be dropped, since the messages behind
    it are compressed with it as context; dropping it closes instead. ``is_throttled_out`` says that a message is to
    close the session. Its owner must look at this, and at ``take_dropped``, after each call.
    """

    __slots__ = (
        "_dropped", "_due_control", "_due_text", "_end", "_held", "_indivisible", "_length", "_walk", "awaited_pong",
        "is_dropping", "is_holding", "is_throttled_out", "withholding",
    )  # fmt: skip

    def __init__(self, walk: FrameWalk, *, indivisible: int = 0, inspector: Inspector | None = None) -> None:
        self._walk = walk
        self.withholding = None if inspector is None else Withholding(inspector)
        self._indivisible = indivisible
        self._held = b""
        self._end = 0  # where in what is held the frame ends that waits for its verdict
        self._length = 0  # its payload
        self._due_control = b""
        self._due_text = b""
        self.awaited_pong = b""
        self._dropped = 0
        self.is_dropping = False  # the message in progress is not sent on
        self.is_holding = False
        self.is_throttled_out = False

    @property
    def is_needed(self) -> bool:
        """Whether the next chunk, too, has to come this way."""
        if self.withholding is not None or self.is_holding or self.has_inserts_due or self.awaited_pong:
            return True
        return self.is_dropping and (self._walk.in_message or self._walk.remaining > 0)

    def feed(self, chunk: bytes, meter: Meter) -> bytes:
        """Take a chunk as it was read; return what may be sent on now."""
        if self.is_holding:
            self._held += chunk
            return b""
        walk = self._walk
        start = walk.remaining
        if not start:
            chunk = walk.take_held() + chunk
        if self.withholding is not None and self.withholding.is_open:
            self.withholding.add(chunk[:start])
        return self._sift(chunk, meter, position=start, kept_from=start if self.is_cutting else 0)

    @property
    def is_cutting(self) -> bool:
        """Whether the message in progress is not sent on: it is dropped, or withheld until it is whole."""
        return self.is_dropping or (self.withholding is not None and self.withholding.is_open)

    def ask_again(self, meter: Meter) -> bytes:
        """The meter may have changed its mind: return what may be sent on now."""
        verdict = self._verdict(self._held[0], self._length, meter)
        if verdict in _HOLDING:
            return b""
        chunk, self._held = self._held, b""
        self.is_holding = False
        is_cut = verdict is not Verdict.FORWARD or self._withhold(chunk, 0, self._end)
        return self._sift(chunk, meter, position=self._end, kept_from=self._end if is_cut else 0)

    def take_dropped(self) -> int:
        """How many messages were dropped since this was last asked."""
        dropped, self._dropped = self._dropped, 0
        return dropped

    def abandon(self) -> bytes:
        """The direction is over: forget what is held. Return what of it the walk has yet to see."""
        if not self.is_holding:
            return b""
        self.is_holding = False
        self.is_dropping = True
        self._walk.remaining = max(0, self._end - len(self._held))
        rest, self._held = self._held[self._end :], b""
        return rest

    @property
    def has_inserts_due(self) -> bool:
        """Whether something still waits for its boundary."""
        return bool(self._due_control or self._due_text)

    def insert(self, frame: bytes, *, is_control: bool) -> None:
        """Send a frame of the gateway's own on the next boundary: a control frame also inside a fragmented message."""
        if is_control:
            self._due_control += frame
        elif len(self._due_text) < _MAX_DUE_BYTES:
            self._due_text += frame

    def _sift(self, chunk: bytes, meter: Meter, *, position: int, kept_from: int) -> bytes:
        walk = self._walk
        size = len(chunk)
        pieces: list[bytes] = []
        while position <= size:
            if self._has_boundary_work:
                pieces += (chunk[kept_from:position], self._work_on_boundary())
                kept_from = position
            if position == size:
                break
            end = walk.step(chunk, position)
            if end < 0:
                size = ~end
                break
            verdict = self._judge_frame(chunk, position, end, meter)
            if verdict in _HOLDING:
                self._hold(chunk, position, end)
                size = position
                break
            if verdict is not Verdict.FORWARD or self._withhold(chunk, position, end):
                pieces.append(chunk[kept_from:position])
                kept_from = end
            position = end
        walk.remaining = max(0, position - size)
        pieces.append(chunk[kept_from:size])
        return b"".join(pieces) if len(pieces) > 1 else pieces[0]

    def _judge_frame(self, chunk: bytes, position: int, end: int, meter: Meter) -> Verdict:
        first = chunk[position]
        if first & 0x08:
            return self._judge_control_frame(chunk, position, end)
        length = self._payload_length(chunk, position, end)
        if first & _DATA_OPCODE:
            return self._verdict(first, length, meter)
        if not self.is_dropping:
            meter.spend(0, length)
            return Verdict.FORWARD
        self._walk.uncount(messages=0, payload_bytes=length)
        return Verdict.DROP

    def _verdict(self, first: int, length: int, meter: Meter) -> Verdict:
        """Judge the message that begins with this frame."""
        verdict = Verdict.DROP if self.is_throttled_out else meter.judge(length)
        self.is_dropping = verdict in {Verdict.DROP, Verdict.CLOSE}
        if self.is_dropping:
            self._dropped += 1
            self._walk.uncount(messages=1, payload_bytes=length)
        if verdict is Verdict.CLOSE or (verdict is Verdict.DROP and first & self._indivisible):
            self.is_throttled_out = True
        return verdict

    def _judge_control_frame(self, chunk: bytes, position: int, end: int) -> Verdict:
        pong = self.awaited_pong
        if not pong or chunk[position] != PONG or _unmasked_payload(chunk[position:end]) != pong:
            return Verdict.FORWARD
        self.awaited_pong = b""
        return Verdict.DROP

    def _payload_length(self, chunk: bytes, position: int, end: int) -> int:
        second = chunk[position + 1]
        length_bytes = {126: 2, 127: 8}.get(second & 0x7F, 0)
        return end - position - 2 - length_bytes - (4 if second & 0x80 else 0)

    def _hold(self, chunk: bytes, position: int, end: int) -> None:
        self.is_holding = True
        self._held = chunk[position:]
        self._end = end - position
        self._length = self._payload_length(chunk, position, end)

    def _withhold(self, chunk: bytes, position: int, end: int) -> bool:
        """Keep this frame back if it belongs to a message that is to be looked into; return whether it does."""
        withholding, first = self.withholding, chunk[position]
        if withholding is None or first & 0x08:
            return False
        if first & _DATA_OPCODE:
            withholding.begin(first)
        if withholding.is_open:
            withholding.add(chunk[position:end])
        return withholding.is_open

    @property
    def _has_boundary_work(self) -> bool:
        withholding = self.withholding
        return self.has_inserts_due or (withholding is not None and withholding.is_open)

    def _work_on_boundary(self) -> bytes:
        """Return what is sent here: a message that has been looked into, and what is due to be inserted."""
        released = b""
        if self.withholding is not None and self.withholding.is_open and not self._walk.in_message:
            released = self.withholding.finish()
        due, self._due_control = self._due_control, b""
        if not self._walk.in_message or self.is_cutting:
            due, self._due_text = due + self._due_text, b""
        return released + due


def _unmasked_payload(frame: bytes) -> bytes:
    """The payload of a whole control frame."""
    if not frame[1] & 0x80:
        return frame[2:]
    return bytes(byte ^ frame[2 + (index & 3)] for index, byte in enumerate(frame[6:]))
