"""Watches one side of a session: does its peer read, does it finish its frames, is it still there?

A peer that is read from is there when anything comes from it after a ping. From one that is not read, because its
messages are held or the other side is slow, nothing can come; then the kernel is asked. A peer is never taken for dead
while its kernel is still busy with what was sent before the ping: a slow line is the stall timeout's business.
"""

import os
from typing import Final

from gateway.session.close_codes import CloseCode
from gateway.session.leg import Leg
from gateway.session.limits import MIN_FRAME_BYTES_PER_SECOND, SessionLimits
from gateway.session.peer_state import PeerState, peer_state
from gateway.session.relay import Relay

NEVER: Final = float("inf")


class LegWatch:
    """See the module. ``leg`` is the side watched, ``other`` the one whose direction leads to it."""

    __slots__ = ("_frame", "_gone_since", "_leg", "_other", "_relay")

    def __init__(self, relay: Relay, leg: Leg, other: Leg) -> None:
        self._relay = relay
        self._leg = leg
        self._other = other
        self._frame: tuple[int, int, float] | None = None  # the one in progress: which, what it lacks, as of when
        self._gone_since: float | None = None

    def sweep(self, now: float, limits: SessionLimits) -> float:
        """Close or abort where a limit is passed; return when one might be."""
        due = self._check_reading(now, limits)
        if self._relay.closer is None:
            due = min(due, self._check_frame(now, limits))
        if self._relay.closer is None and limits.ping_interval is not None:
            due = min(due, self._check_presence(now, limits))
        return due

    def ping(self, payload: bytes, now: float) -> None:
        """Ask the peer whether it is there. Its answer is taken out of its stream."""
        is_waiting = self._leg.sifting is not None and self._leg.sifting.asked_at is not None
        if self._leg.stalled_since is None and not is_waiting:
            self._other.insert(_ping_frame(payload, masked=not self._leg.is_client), is_control=True)
            self._leg.sift().await_pong(payload, now)

    @property
    def _is_unread(self) -> bool:
        return self._leg.is_holding or self._other.stalled_since is not None

    def _check_reading(self, now: float, limits: SessionLimits) -> float:
        since = self._leg.stalled_since
        if since is None or limits.stall_timeout is None:
            return NEVER
        due = since + limits.stall_timeout.total_seconds()
        if now >= due:
            reason = None if self._leg.is_client else "Backend does not read"
            self._relay.close(CloseCode.TRY_AGAIN_LATER, reason)
        return due

    def _check_frame(self, now: float, limits: SessionLimits) -> float:
        walk = self._leg.walk
        if limits.frame_timeout is None or not walk.is_inside_frame:
            self._frame = None
            return NEVER
        which = walk.messages + walk.payload_bytes
        before = self._frame
        if before is None or before[0] != which or self._is_unread:
            self._frame = (which, walk.remaining, now)
            return now + limits.frame_timeout.total_seconds()
        _, lacked, since = before
        due = since + limits.frame_timeout.total_seconds()
        if now < due:
            return due
        if lacked - walk.remaining < MIN_FRAME_BYTES_PER_SECOND * (now - since):
            code = CloseCode.POLICY_VIOLATION if self._leg.is_client else CloseCode.BAD_GATEWAY
            self._relay.close(code, "Frame too slow")
        self._frame = (which, walk.remaining, now)
        return now + limits.frame_timeout.total_seconds()

    def _check_presence(self, now: float, limits: SessionLimits) -> float:
        if self._is_unread:
            return self._check_unread(now, limits)
        self._gone_since = None
        sifting = self._leg.sifting
        asked_at = None if sifting is None else sifting.asked_at
        if sifting is None or asked_at is None:
            return NEVER
        if self._other.has_inserts_due:
            sifting.ask_later(now)  # The ping is still waiting for the end of a frame.
            asked_at = now
        due = asked_at + limits.ping_timeout.total_seconds()
        if now < due:
            return due
        if sifting.heard:
            sifting.give_up_pong()  # It is there, though it does not answer pings.
            return NEVER
        return self._on_silence(now, now - asked_at, limits)

    def _on_silence(self, now: float, silent_seconds: float, limits: SessionLimits) -> float:
        state = peer_state(self._leg.transport)
        is_busy = state is not None and state.unacknowledged > 0 and not _is_deaf(state, limits)
        patience = NEVER if limits.stall_timeout is None else limits.stall_timeout.total_seconds()
        if not is_busy or silent_seconds > patience:
            self._leg.transport.abort()
        return now + 1.0

    def _check_unread(self, now: float, limits: SessionLimits) -> float:
        if self._leg.sifting is not None:
            self._leg.sifting.ask_later(now)  # An answer could not have been read.
        state = peer_state(self._leg.transport)
        if state is None or (state.is_connected and not _is_deaf(state, limits)):
            self._gone_since = None
            return NEVER
        if self._gone_since is None:
            self._gone_since = now
        due = self._gone_since + limits.gone_grace.total_seconds()
        if now >= due:
            self._leg.transport.abort()
        return due


def _is_deaf(state: PeerState, limits: SessionLimits) -> bool:
    """Whether not even the peer's kernel answers."""
    return state.unacknowledged > 0 and state.silent_seconds > limits.ping_timeout.total_seconds()


def _ping_frame(payload: bytes, *, masked: bool) -> bytes:
    if not masked:
        return bytes((0x89, len(payload))) + payload
    mask = os.urandom(4)
    return bytes((0x89, 0x80 | len(payload))) + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload))
