"""Watches one session: how long it may last, how long it may be idle, and its two sides.

Visited by the sweeper, a few times a minute while the session is quiet. A session is idle while no data message begins
and no data frame brings a header, in either direction: neither pings nor a frame that trickles in keep it awake.
"""

import random
from typing import Final

from gateway.session.close_codes import CloseCode
from gateway.session.leg_watch import NEVER, LegWatch
from gateway.session.limits import SessionLimits
from gateway.session.relay import Relay
from gateway.session.sweeper import Sweeper

# How often, at least, a session is visited, so that a stall or a frame that begins between visits is seen in time.
_BEAT_SECONDS: Final = 15.0


class Watch:
    """See the module. ``limits`` may be replaced while the session is open."""

    __slots__ = (
        "_backend", "_client", "_expires_at", "_idle_since", "_opened_at", "_ping_at", "_relay", "_seen", "_sweeper",
        "limits", "spoke",
    )  # fmt: skip

    def __init__(self, relay: Relay, *, sweeper: Sweeper, limits: SessionLimits, expires_at: float | None) -> None:
        now = sweeper.now()
        self._relay = relay
        self._sweeper = sweeper
        self._client = LegWatch(relay, relay.client, relay.backend)
        self._backend = LegWatch(relay, relay.backend, relay.client)
        self._opened_at = self._idle_since = now
        self._seen = 0
        self._expires_at = NEVER
        # Sessions that open together, after a restart of something, are not to ping together for ever.
        jitter = 1.0 - random.random()  # noqa: S311 - not a secret
        self._ping_at = now + jitter * _ping_interval(limits)
        self.limits = limits
        self.spoke = -1
        self.set_expiry(expires_at)

    def set_expiry(self, expires_at: float | None) -> None:
        """End the session when it is ``expires_at`` (POSIX time) by the clock of now; None: never."""
        self._expires_at = NEVER if expires_at is None else self._sweeper.loop_time_of(expires_at)
        self._sweeper.put(self, due=self._sweeper.now())

    def use_limits(self, limits: SessionLimits) -> None:
        """Watch by these from now on."""
        self.limits = limits
        self._ping_at = min(self._ping_at, self._sweeper.now() + _ping_interval(limits))
        self._sweeper.put(self, due=self._sweeper.now())

    def stop(self) -> None:
        """The session has ended."""
        self._sweeper.remove(self)

    def sweep(self, now: float) -> float:
        """See Watched."""
        due = min(now + _BEAT_SECONDS, self._check_lifetime(now), self._check_idleness(now))
        if self._relay.closer is None:
            due = min(due, self._client.sweep(now, self.limits))
        if self._relay.closer is None:
            due = min(due, self._backend.sweep(now, self.limits))
        if self._relay.closer is not None:
            return NEVER  # Its own timer ends it now.
        return min(due, self._ping(now))

    def _check_lifetime(self, now: float) -> float:
        max_age = self.limits.max_age
        ages_at = NEVER if max_age is None else self._opened_at + max_age.total_seconds()
        if now >= self._expires_at:
            self._relay.close(CloseCode.INVALID_CREDENTIALS, None)
        elif now >= ages_at:
            self._relay.close(CloseCode.GOING_AWAY, "Maximum age reached")
        return min(self._expires_at, ages_at)

    def _check_idleness(self, now: float) -> float:
        timeout = self.limits.idle_timeout
        if timeout is None:
            return NEVER
        seen = _traffic(self._relay)
        if seen != self._seen or self._relay.client.is_holding or self._relay.backend.is_holding:
            self._seen = seen
            self._idle_since = now
        seconds = timeout.total_seconds()
        if now >= self._idle_since + seconds:
            self._relay.close(CloseCode.GOING_AWAY, "Idle for too long")
        # What happened between two visits is dated to the second, so the visits are not too far apart.
        return min(self._idle_since + seconds, now + seconds / 4)

    def _ping(self, now: float) -> float:
        if self.limits.ping_interval is None:
            return NEVER
        if now < self._ping_at:
            return self._ping_at
        self._ping_at = now + _ping_interval(self.limits)
        self._client.ping(self._sweeper.ping_payload, now)
        self._backend.ping(self._sweeper.ping_payload, now)
        return min(self._ping_at, now + self.limits.ping_timeout.total_seconds())


def _ping_interval(limits: SessionLimits) -> float:
    return NEVER if limits.ping_interval is None else limits.ping_interval.total_seconds()


def _traffic(relay: Relay) -> int:
    """Grows with every data message that begins, and every data frame that brings something."""
    client, backend = relay.client, relay.backend
    return (
        client.walk.messages + client.walk.payload_bytes + client.dropped
        + backend.walk.messages + backend.walk.payload_bytes + backend.dropped
    )  # fmt: skip
