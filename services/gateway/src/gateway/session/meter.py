"""What the relay asks before it forwards messages: whether the plans of a session have something left for them.

The Protocol belongs to this side; `gateway.quotas` implements it. One meter is shared by both directions of a session,
and may be shared by all sessions that spend from the same quotas. Everything is called on the event loop and is quick.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, Protocol


class Verdict(Enum):
    """What becomes of one message."""

    FORWARD = auto()
    DROP = auto()  # throttled out: not forwarded, and the client is told (WSO2's 4003 text notice)
    CLOSE = auto()  # throttled out, and the plan says that this closes the session with 4003
    PAUSE = auto()  # throttled out, and the plan says that its sender is not read until there is something left
    WAIT = auto()  # not known yet: a claim is on its way, its answer comes within milliseconds


class Waiting(Protocol):
    """Somebody who waits for a meter to change its mind."""

    def cancel(self) -> None:
        """Wait no longer."""


class Meter(Protocol):
    """See the module. Control frames are free, as is what the gateway itself sends.

    `message_credit` and `byte_credit`: so many messages and payload bytes may be forwarded without asking for each, as
    long as `spend` tells of them at once. A chunk that cannot hold more than the credits is forwarded whole.
    """

    message_credit: int
    byte_credit: int

    def spend(self, messages: int, payload_bytes: int) -> None:
        """These were forwarded. A message counts with its first frame, its bytes with each frame."""

    def judge(self, payload_bytes: int) -> Verdict:
        """One message begins, with a first frame of so many bytes. FORWARD has spent them already.

        Ask again for the same message only after PAUSE or WAIT.
        """

    def when_changed(self, callback: Callable[[], None]) -> Waiting:
        """Call back once, later, when `judge` may answer something other than it did last."""


class UnlimitedMeter:
    """For sessions without quotas. A session never asks it: see UNLIMITED_METER."""

    __slots__ = ("byte_credit", "message_credit")

    def __init__(self) -> None:
        self.message_credit = self.byte_credit = 2**62

    def spend(self, messages: int, payload_bytes: int) -> None:
        """Nothing is spent."""

    def judge(self, payload_bytes: int) -> Verdict:
        """Always FORWARD."""
        return Verdict.FORWARD

    def when_changed(self, callback: Callable[[], None]) -> Waiting:
        """Never calls back, since nothing ever changes."""
        return _Nobody()


class _Nobody:
    def cancel(self) -> None:
        """Nobody waits."""


# One for all sessions. The relay knows it and asks nothing of it, so that sessions without quotas pay nothing.
UNLIMITED_METER: Final = UnlimitedMeter()
