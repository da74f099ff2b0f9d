"""One side of a session as an asyncio protocol: reads from its transport, writes to the other side's.

Promises one callback, one walk and one write for each read while its meter has credit for whatever a read can hold,
and backpressure: while the other side's write buffer is above the high-water mark, this side is not read. Everything
unusual is handed to the owner of the pair.
"""

import asyncio
from typing import Protocol

from gateway.session.extensions import Extensions
from gateway.session.frame_walk import FrameWalk
from gateway.session.inspector import Finding, Inspector
from gateway.session.limits import SessionLimits
from gateway.session.meter import UNLIMITED_METER, Meter
from gateway.session.sieve import Sieve
from gateway.session.sifting import Sifting
from gateway.session.sinks import Sink

HIGH_WATER_BYTES = 64 * 1024


class LegOwner(Protocol):
    """The pair that a leg belongs to."""

    def on_alert(self, leg: "Leg", sendable: bytes) -> None:
        """The walk of ``leg`` has stopped, now or before; ``sendable`` is not sent yet."""

    def on_end_of_stream(self, leg: "Leg") -> bool:
        """The peer of ``leg`` sends no more. Return whether its transport stays open for writing."""

    def on_lost(self, leg: "Leg") -> None:
        """The transport of ``leg`` is gone."""

    def on_writability(self, leg: "Leg", *, is_stalled: bool) -> None:
        """The write buffer of ``leg`` went over the high-water mark, or back under the low one."""

    def on_dropped(self, leg: "Leg") -> None:
        """Messages from ``leg`` were throttled out and not sent on."""

    def on_throttled_out(self, leg: "Leg") -> None:
        """A message from ``leg`` was throttled out, and this closes the session."""

    def on_finding(self, leg: "Leg", finding: Finding) -> None:
        """Something is wrong with a message from ``leg``."""

    def on_released(self, leg: "Leg") -> None:
        """Nothing from ``leg`` is held any more: it may be read, if its other side can take it."""


class Leg(asyncio.Protocol):
    """See the module. ``walk``, ``sink``, ``meter`` and ``sifting`` belong to the direction that starts at this leg.

    ``meter`` is None where nothing has to be asked and nothing has to be sifted.
    """

    __slots__ = (
        "dropped", "indivisible", "invalid", "is_client", "is_ended", "is_lost", "is_spent", "meter", "owner",
        "sent_close", "sifting", "sink", "stalled_since", "transport", "walk",
    )  # fmt: skip

    def __init__(
        self, transport: asyncio.Transport, *, walk: FrameWalk, sink: Sink, is_client: bool, indivisible: int
    ) -> None:
        self.transport = transport
        self.walk = walk
        self.sink = sink
        self.is_client = is_client
        self.indivisible = indivisible  # see Sieve
        self.owner: LegOwner
        self.meter: Meter | None = None
        self.sifting: Sifting | None = None
        self.dropped = 0  # messages throttled out
        self.invalid = 0  # messages that were found wrong
        self.is_spent = False  # its walk has stopped
        self.is_ended = False  # its peer sends no more
        self.is_lost = False  # its transport is gone
        self.sent_close = False  # its peer has been sent a Close frame
        self.stalled_since: float | None = None  # loop time; its peer does not read

    def data_received(self, data: bytes) -> None:
        """Send the bytes on."""
        meter = self.meter
        walk = self.walk
        if meter is None:
            sendable = walk.feed(data)
        else:
            # The smallest frame has 2 bytes, or 6 with a mask. One more may have been withheld at the last read.
            most_messages = len(data) // (6 if self.is_client else 2) + 1
            if self.sifting is not None or meter.message_credit < most_messages or meter.byte_credit < len(data):
                self.sift().take(data, meter)
                return
            messages, payload_bytes = walk.messages, walk.payload_bytes
            sendable = walk.feed(data)
            meter.spend(walk.messages - messages, walk.payload_bytes - payload_bytes)
        if walk.alert:
            self.owner.on_alert(self, sendable)
        else:
            self.sink.write(sendable)

    @property
    def unsent(self) -> int:
        """How many bytes the frame in progress still lacks, as the other side sees it."""
        return 0 if self._is_cut else self.walk.remaining

    @property
    def is_between_messages(self) -> bool:
        """Whether the other side has seen whole messages only."""
        return self._is_cut or not (self.walk.remaining or self.walk.in_message)

    @property
    def is_holding(self) -> bool:
        """Whether a message waits for its verdict, so that this side must not be read."""
        return self.sifting is not None and self.sifting.sieve.is_holding

    @property
    def has_inserts_due(self) -> bool:
        """Whether a frame of the gateway's own still waits for a boundary in this direction."""
        return self.sifting is not None and self.sifting.sieve.has_inserts_due

    def look_into(self, inspector: Inspector) -> None:
        """Show this direction's messages to ``inspector`` from now on."""
        self.sifting = Sifting(self, Sieve(self.walk, indivisible=self.indivisible, inspector=inspector))
        if self.meter is None:
            self.meter = UNLIMITED_METER

    def sift(self) -> Sifting:
        """The sieve that this direction goes through from now on, until it is no longer needed."""
        if self.sifting is None:
            self.sifting = Sifting(self, Sieve(self.walk, indivisible=self.indivisible))
            if self.meter is None:
                self.meter = UNLIMITED_METER
        return self.sifting

    def use_meter(self, meter: Meter) -> None:
        """Judge by this one from now on."""
        self.meter = meter
        if self.sifting is not None:
            self.sifting.ask_again(meter)
        self._forget_unlimited_meter()

    def insert(self, frame: bytes, *, is_control: bool) -> None:
        """Send a frame of the gateway's own to the other side as soon as the direction stands on a boundary."""
        is_on_boundary = not self.unsent if is_control else self.is_between_messages
        if is_on_boundary:
            self.sink.write(frame)
        else:
            self.sift().sieve.insert(frame, is_control=is_control)

    def end_sifting(self) -> None:
        """The direction is over: nothing is sent on any more, but the walk goes on to see the peer's Close."""
        sifting, self.sifting = self.sifting, None
        self.meter = None
        if sifting is None:
            return
        self.dropped += sifting.sieve.take_dropped()
        rest = sifting.abandon()
        if rest:
            self.data_received(rest)

    def send_on(self, sendable: bytes) -> None:
        """See Source."""
        if self.walk.alert:
            self.owner.on_alert(self, sendable)
        elif sendable:
            self.sink.write(sendable)

    def after_sifting(self) -> None:
        """See Source."""
        sifting = self.sifting
        if sifting is None:
            return  # The direction ended with what was just sent on.
        dropped = sifting.sieve.take_dropped()
        self.dropped += dropped
        if sifting.sieve.withholding is not None:
            for finding in sifting.sieve.withholding.take_findings():
                self.invalid += 1
                self.owner.on_finding(self, finding)
        if sifting.sieve.is_throttled_out:
            self.owner.on_throttled_out(self)
            return
        if dropped:
            self.owner.on_dropped(self)
        if not sifting.sieve.is_needed:
            self.sifting = None
            self._forget_unlimited_meter()

    def stop_reading(self) -> None:
        """See Source."""
        self.transport.pause_reading()

    def go_on_reading(self) -> None:
        """See Source."""
        self.owner.on_released(self)

    def pause_writing(self) -> None:
        """This side reads too slowly: stop reading the other."""
        self.owner.on_writability(self, is_stalled=True)

    def resume_writing(self) -> None:
        """This side has caught up."""
        self.owner.on_writability(self, is_stalled=False)

    def eof_received(self) -> bool:
        """Tell the pair that this side sends no more."""
        return self.owner.on_end_of_stream(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the pair that this side is gone."""
        self.owner.on_lost(self)

    @property
    def _is_cut(self) -> bool:
        """Whether the frame in progress, if any, is one that the other side does not see."""
        sifting = self.sifting
        return sifting is not None and (sifting.sieve.is_cutting or sifting.sieve.is_holding)

    def _forget_unlimited_meter(self) -> None:
        if self.sifting is None and self.meter is UNLIMITED_METER:
            self.meter = None


def build_legs(
    client: asyncio.Transport,
    backend: asyncio.Transport,
    *,
    extensions: Extensions,
    limits: SessionLimits,
) -> tuple[Leg, Leg]:
    """Return the client's and the backend's leg, each writing to the other's transport."""
    from_client = _walk(extensions, limits, masked=True)
    from_backend = _walk(extensions, limits, masked=False)
    return (
        Leg(client, walk=from_client, sink=backend, is_client=True, indivisible=extensions.indivisible_from_client),
        Leg(backend, walk=from_backend, sink=client, is_client=False, indivisible=extensions.indivisible_from_backend),
    )


def _walk(extensions: Extensions, limits: SessionLimits, *, masked: bool) -> FrameWalk:
    return FrameWalk(
        masked=masked,
        rsv_allowed=extensions.rsv_allowed,
        max_message_bytes=limits.max_message_bytes,
        max_control_frames=limits.max_control_frames,
    )
