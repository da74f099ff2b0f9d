"""The I/O around a sieve: what it lets through is sent on, its source is not read while it holds, its owner is told.

Exists only while a direction needs it: as long as the meter's credit covers whole chunks there is none.
"""

from typing import Protocol

from gateway.session.frame_walk import FrameWalk
from gateway.session.meter import Meter, Waiting
from gateway.session.sieve import Sieve


class Source(Protocol):
    """The leg that a direction starts at."""

    @property
    def walk(self) -> FrameWalk:
        """Of this direction."""

    @property
    def meter(self) -> Meter | None:
        """What judges its messages."""

    def send_on(self, sendable: bytes) -> None:
        """Pass bytes to the other side, and tell the owner when the walk has stopped."""

    def after_sifting(self) -> None:
        """Look at what the sieve found, and whether it is still needed."""

    def stop_reading(self) -> None:
        """A message is held: read nothing more."""

    def go_on_reading(self) -> None:
        """Nothing is held any more."""


class Sifting:
    """See the module. ``heard`` turns true with the first bytes that come after a ping."""

    __slots__ = ("_asked_at", "_source", "_waiting", "heard", "sieve")

    def __init__(self, source: Source, sieve: Sieve) -> None:
        self._source = source
        self._waiting: Waiting | None = None
        self.sieve = sieve
        self.heard = False
        self._asked_at = 0.0

    @property
    def asked_at(self) -> float | None:
        """Since when the peer owes the answer to a ping of the gateway's own; None when it owes none."""
        return self._asked_at if self.sieve.awaited_pong else None

    def await_pong(self, payload: bytes, now: float) -> None:
        """A ping with this payload is on its way; its answer is for the gateway only."""
        self.sieve.awaited_pong = payload
        self.heard = False
        self._asked_at = now

    def ask_later(self, now: float) -> None:
        """The ping could not be sent, or not be answered, before ``now``."""
        self._asked_at = now

    def give_up_pong(self) -> None:
        """Wait for the answer no longer; should it come after all, it passes."""
        self.sieve.awaited_pong = b""
        self._source.after_sifting()

    def take(self, data: bytes, meter: Meter) -> None:
        """Like the leg's own ``data_received``."""
        self.heard = True
        sendable = self.sieve.feed(data, meter)
        if self.sieve.is_holding and self._waiting is None:
            self._source.stop_reading()
            self._waiting = meter.when_changed(self._on_changed)
        self._source.send_on(sendable)
        self._source.after_sifting()

    def ask_again(self, meter: Meter) -> None:
        """Another meter judges from now on, or this one may have changed its mind."""
        self._stop_waiting()
        if not self.sieve.is_holding:
            return
        sendable = self.sieve.ask_again(meter)
        is_released = not self.sieve.is_holding
        if not is_released:
            self._waiting = meter.when_changed(self._on_changed)
        self._source.send_on(sendable)
        if is_released:
            self._source.go_on_reading()
        self._source.after_sifting()

    def abandon(self) -> bytes:
        """The direction is over. Return what the walk has yet to see."""
        self._stop_waiting()
        return self.sieve.abandon()

    def _on_changed(self) -> None:
        meter = self._source.meter
        self._waiting = None
        if meter is not None:
            self.ask_again(meter)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
