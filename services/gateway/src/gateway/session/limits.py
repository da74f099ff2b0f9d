"""What the relay itself enforces on a session."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.session.violation import MAX_SIGNED_64


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """One object is shared by all sessions with the same limits. None: no limit, nothing is watched.

    ``idle_timeout``: without a data message in either direction; pings do not count. ``max_age``: since the 101.
    ``ping_interval``: between the gateway's own pings on both sides; a side that stays silent for ``ping_timeout``
    after one is dead. ``stall_timeout``: of a side that does not read what is due to it. ``frame_timeout``: in which a
    frame in progress must end, or at least have gone on at ``MIN_FRAME_BYTES_PER_SECOND``.
    ``gone_grace``: in which what a peer sent before it went may still be taken from it, where it was not read.
    ``max_control_frames``: of pings, pongs and empty fragments from one side, in a second.
    ``max_message_bytes_of_api``: the same limit without that of the plans, for sessions whose plans change.
    """

    max_message_bytes: int = MAX_SIGNED_64
    idle_timeout: timedelta | None = None
    max_age: timedelta | None = None
    ping_interval: timedelta | None = None
    ping_timeout: timedelta = timedelta(seconds=9)
    stall_timeout: timedelta | None = None
    frame_timeout: timedelta | None = None
    gone_grace: timedelta = timedelta(seconds=5)
    max_control_frames: int | None = None
    max_message_bytes_of_api: int = MAX_SIGNED_64


MIN_FRAME_BYTES_PER_SECOND = 1_000

UNLIMITED = SessionLimits()
