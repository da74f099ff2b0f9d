"""The relay of one session: two legs, frames forwarded verbatim, and a close that always ends.

Promises: a Close frame passes through with its code; nothing follows a Close frame in its direction; a Close of the
gateway's own is injected only on a frame boundary; a peer that vanishes is reported to the other side with an honest
code, never 1000; once closing has begun both transports are gone within ``CloseTimeouts``. It keeps reading while it
closes, because closing a socket with unread bytes resets it, and a reset destroys the Close frame on its way.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple, Protocol

from gateway.session.close_codes import CloseCode, close_frame
from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.ended import ENDED
from gateway.session.inspector import Finding, Inspectors
from gateway.session.leg import HIGH_WATER_BYTES, Leg
from gateway.session.limits import SessionLimits
from gateway.session.meter import Meter
from gateway.session.notice import NOTICE_INTERVAL_SECONDS, THROTTLED_OUT_NOTICE, text_frame
from gateway.session.sinks import DISCARD, RemainderSink
from gateway.session.timers import Timer, Timers
from gateway.session.violation import Violation

ABNORMAL_CLOSURE = 1006  # RFC 6455, 7.1.5: recorded, never on the wire.


class Closer(StrEnum):
    """Who began to close a session."""

    CLIENT = "client"
    BACKEND = "backend"
    GATEWAY = "gateway"


# To look up a member of an enum takes as long as to send a frame, so each is looked up once.
CLOSED_BY_CLIENT: Final = Closer.CLIENT
CLOSED_BY_BACKEND: Final = Closer.BACKEND
CLOSED_BY_GATEWAY: Final = Closer.GATEWAY
_CLIENT_GONE: Final = CloseCode.GOING_AWAY
_BACKEND_GONE: Final = CloseCode.INTERNAL_ERROR


class _OwedClose(NamedTuple):
    leg: Leg
    code: int
    reason: str


class RelayOwner(Protocol):
    """The session. A method of it, rather than a callback, is no object that every session has to keep."""

    def relay_ended(self) -> None:
        """Both connections are gone. Called once."""


class Relay:
    """A pair of legs. Both transports must be connected."""

    __slots__ = (
        "_noticed_at", "_owed", "_owner", "_postponed", "_timeouts", "_timer", "_timers", "backend", "client",
        "close_code", "closer",
    )  # fmt: skip

    def __init__(
        self,
        timers: Timers,
        *,
        legs: tuple[Leg, Leg],
        timeouts: CloseTimeouts,
        owner: RelayOwner,
    ) -> None:
        self._timers = timers
        self._timeouts = timeouts
        self._owner: RelayOwner | None = owner
        self._timer: Timer | None = None
        self._owed: _OwedClose | None = None
        self._postponed: Callable[[], None] | None = None  # closes, when nothing is held any more
        self._noticed_at = -NOTICE_INTERVAL_SECONDS
        self.client, self.backend = legs
        self.close_code: int | None = None
        self.closer: Closer | None = None

    def start(self, first_frames: bytes) -> None:
        """Take both transports over. ``first_frames`` came from the backend right behind its 101."""
        for leg in (self.client, self.backend):
            leg.owner = self
            leg.transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)
            leg.transport.set_protocol(leg)
        if first_frames:
            self.backend.data_received(first_frames)

    def use_meter(self, meter: Meter) -> None:
        """Judge the messages of both directions by this one from now on."""
        for leg in (self.client, self.backend):
            if leg.sink is self._other(leg).transport:
                leg.use_meter(meter)

    def look_into(self, inspectors: Inspectors) -> None:
        """Show messages to these from now on. Called once, before the start."""
        for leg, inspector in ((self.client, inspectors.from_client), (self.backend, inspectors.from_backend)):
            if inspector is not None:
                leg.look_into(inspector)

    def use_limits(self, limits: SessionLimits) -> None:
        """Hold the peers to these from now on."""
        for leg in (self.client, self.backend):
            leg.walk.use_limits(limits.max_message_bytes, max_control_frames=limits.max_control_frames)

    def close(self, code: int, reason: str | None) -> None:
        """Close on the gateway's own account: a Close frame to both sides. Does nothing when already closing.

        A session that only has to move (1012) loses nothing: what is held for a verdict that comes within the answer
        time goes on before the Close.
        """
        if self.closer is not None:
            return
        if code != CloseCode.SERVICE_RESTART or not self._is_holding:
            self._close_now(code, reason)
        elif self._postponed is None:
            self._postponed = partial(self._close_now, code, reason)
            self._arm(self._timeouts.answer)

    def abort(self) -> None:
        """Let both connections go now."""
        self._begin_closing(CloseCode.GOING_AWAY, CLOSED_BY_GATEWAY, within=self._timeouts.linger)
        for leg in (self.client, self.backend):
            if not leg.is_lost:
                leg.transport.abort()

    def on_alert(self, leg: Leg, sendable: bytes) -> None:
        """See LegOwner. Only the first alert of a leg says anything new."""
        if leg.is_spent:
            return
        leg.is_spent = True
        if leg.sink is not self._other(leg).transport:
            leg.sink.write(sendable)  # We have sent, or are about to send, a Close of our own in this direction.
        elif leg.walk.violation is not None:
            self._answer_violation(leg, leg.walk.violation, sendable)
        else:
            self._pass_close(leg, sendable)
        self._settle()

    def on_end_of_stream(self, leg: Leg) -> bool:
        """See LegOwner."""
        leg.is_ended = True
        # A peer may half-close behind its Close frame and still wait for the answer. TLS has no half-close.
        if leg.walk.close_code is not None and not leg.sent_close and leg.transport.can_write_eof():
            return True
        self._report_loss(leg)
        return False

    def on_lost(self, leg: Leg) -> None:
        """See LegOwner."""
        leg.is_ended = leg.is_lost = True
        other = self._other(leg)
        self._report_loss(leg)
        leg.sink = DISCARD
        leg.end_sifting()
        if other.is_lost:
            self._end()
        else:
            other.sink = DISCARD
            other.end_sifting()
            other.transport.resume_reading()

    def on_writability(self, leg: Leg, *, is_stalled: bool) -> None:
        """See LegOwner."""
        leg.stalled_since = self._timers.time() if is_stalled else None
        other = self._other(leg)
        if other.is_lost:
            return
        if not is_stalled:
            if not other.is_holding:
                other.transport.resume_reading()
        elif not leg.sent_close:
            # Once a side has its Close, what comes for it is dropped, so that reading on fills no buffer.
            other.transport.pause_reading()

    def on_dropped(self, leg: Leg) -> None:
        """See LegOwner. Whichever side the message came from, the client is told, at most once a second."""
        now = self._timers.time()
        source = self.backend
        if now - self._noticed_at >= NOTICE_INTERVAL_SECONDS and source.sink is self.client.transport:
            self._noticed_at = now
            source.insert(THROTTLED_OUT_NOTICE, is_control=False)

    def on_throttled_out(self, leg: Leg) -> None:
        """See LegOwner."""
        self.close(CloseCode.THROTTLED_OUT, None)

    def on_finding(self, leg: Leg, finding: Finding) -> None:
        """See LegOwner. Answers are not sent to a side that is being closed."""
        other = self._other(leg)
        if finding.close_code is not None:
            self.close(finding.close_code, finding.reason)
        elif finding.answer and other.sink is leg.transport:
            other.insert(text_frame(finding.answer, masked=not leg.is_client), is_control=False)

    def on_released(self, leg: Leg) -> None:
        """See LegOwner."""
        if self._postponed is not None and self.closer is None and not self._is_holding:
            self._postponed()
        other = self._other(leg)
        if not leg.is_lost and (other.stalled_since is None or other.sent_close):
            leg.transport.resume_reading()

    @property
    def _is_holding(self) -> bool:
        return self.client.is_holding or self.backend.is_holding

    def _close_now(self, code: int, reason: str | None) -> None:
        self._begin_closing(code, CLOSED_BY_GATEWAY, within=self._timeouts.linger)
        self._inject(self.client, code, reason)
        self._inject(self.backend, code, reason)

    def _other(self, leg: Leg) -> Leg:
        return self.backend if leg is self.client else self.client

    def _pass_close(self, leg: Leg, sendable: bytes) -> None:
        other = self._other(leg)
        if self._owed is not None and self._owed.leg is other:
            # Who broke the protocol learns our code, not the one with which the other side answered.
            leg.sink.write(sendable[: len(sendable) - leg.walk.close_frame_bytes])
            self._pay_owed_close()
            return
        closer = CLOSED_BY_CLIENT if leg.is_client else CLOSED_BY_BACKEND
        self._begin_closing(leg.walk.close_code, closer, within=self._timeouts.linger)
        leg.sink.write(sendable)
        self._seal(other)

    def _answer_violation(self, leg: Leg, violation: Violation, sendable: bytes) -> None:
        """The other side gets a Close at once, and the culprit its own behind what is still due to it.

        So a client is still sent the answers to what it had sent before its mistake, as it would be without us.
        """
        self._begin_closing(violation.code, CLOSED_BY_GATEWAY, within=self._timeouts.answer)
        leg.sink.write(sendable)
        self._owed = _OwedClose(leg, violation.code, violation.reason)
        if leg.is_client:
            self._inject(self.backend, violation.code, violation.reason)
            return
        too_big = violation.code == CloseCode.MESSAGE_TOO_BIG
        self._inject(self.client, violation.code if too_big else CloseCode.BAD_GATEWAY)
        self._pay_owed_close()

    def _pay_owed_close(self) -> None:
        if self._owed is None:
            return
        leg, code, reason = self._owed
        self._owed = None
        self._inject(leg, code, reason)
        has_half_close = leg.transport.can_write_eof()
        if has_half_close and leg.sent_close and not leg.transport.is_closing():
            leg.transport.write_eof()
        # What the culprit sends can no longer be read as frames, so its own Close will not be seen.
        self._arm(self._timeouts.linger if has_half_close else self._timeouts.answer)

    def _inject(self, toward: Leg, code: int, reason: str | None = None) -> None:
        """Send a Close of our own as soon as the direction stands on a frame boundary."""
        source = self._other(toward)
        if toward.is_lost or source.sink is not toward.transport:
            return
        frame = close_frame(code, reason, masked=not toward.is_client)
        remaining = source.unsent
        if not remaining:
            toward.transport.write(frame)
            self._seal(toward)
        elif source.is_ended:
            toward.transport.close()  # The frame in progress will never end: no Close can be sent, the peer sees 1006.
        else:
            # Its source is not resumed for this: a side that reads too slowly must not fill our memory with one frame.
            on_sent = partial(self._seal, toward)
            source.sink = RemainderSink(toward.transport, remaining=remaining, last_frame=frame, on_sent=on_sent)

    def _seal(self, leg: Leg) -> None:
        """``leg`` has been sent its Close: nothing more goes there, but the other side is read on."""
        leg.sent_close = True
        source = self._other(leg)
        source.sink = DISCARD
        if not source.is_lost:
            source.end_sifting()
            source.transport.resume_reading()
        self._settle()

    def _settle(self) -> None:
        """RFC 6455, 7.1.1: when Close frames have gone both ways, the server ends the TCP connection.

        Towards the backend we are the client and let it go first, so that TIME_WAIT does not eat our ports.
        """
        _settle(self.client)
        _settle(self.backend)

    def _report_loss(self, leg: Leg) -> None:
        other = self._other(leg)
        if leg.is_client:
            self._begin_closing(ABNORMAL_CLOSURE, CLOSED_BY_CLIENT, within=self._timeouts.linger)
        else:
            self._begin_closing(_BACKEND_GONE, CLOSED_BY_BACKEND, within=self._timeouts.linger)
        if self._owed is not None and self._owed.leg is other:
            self._pay_owed_close()
        elif isinstance(leg.sink, RemainderSink) and not other.is_lost:
            other.transport.close()
        else:
            self._inject(other, _CLIENT_GONE if leg.is_client else _BACKEND_GONE)

    def _begin_closing(self, code: int | None, closer: Closer, *, within: timedelta) -> None:
        if self.closer is None:
            self.close_code = code
            self.closer = closer
            self._arm(within)

    def _arm(self, delay: timedelta) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timers.call_later(delay.total_seconds(), self._on_deadline)

    def _on_deadline(self) -> None:
        if self._owed is not None:
            self._pay_owed_close()
        elif self._postponed is not None and self.closer is None:
            self._postponed()
        else:
            self.abort()

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._postponed = None
        self.client.owner = self.backend.owner = ENDED
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.relay_ended()


def _settle(leg: Leg) -> None:
    has_said_all = leg.is_ended or (leg.is_client and leg.walk.close_code is not None)
    if leg.sent_close and has_said_all and not leg.is_lost:
        leg.transport.close()
