"""The meter of all sessions that spend from the same plans: up to three quotas and three burst limits at once.

A message that finds credit costs two subtractions. Every source lends at once, until it is used up or a tick has
passed; in the last moments of a window each message is decided for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from contracts.publisher import QuotaReaction
from gateway.quotas.rules import AppliedPlan, Draw
from gateway.quotas.sources import Source, Standing
from gateway.session.meter import Verdict, Waiting
from gateway.session.session import SessionLabels

# As much as fits into a machine's word when it is compiled.
_PLENTY: Final = 2**60

_REACTIONS = {
    QuotaReaction.DROP: Verdict.DROP,
    QuotaReaction.CLOSE: Verdict.CLOSE,
    QuotaReaction.PAUSE: Verdict.PAUSE,
}


class MeterOwner(Protocol):
    """Who has the sources, and looks after the meters that hold credit or keep somebody waiting."""

    def now(self) -> float:
        """The moment, at the bus."""

    def source(self, draw: Draw) -> Source:
        """What is drawn from; it may be another object each time, since idle ones are forgotten."""

    def keep_active(self, meter: PlanMeter) -> None:
        """Call `tick` soon, and again until it says that there is nothing to do."""

    def throttled(self, labels: SessionLabels, plan: AppliedPlan) -> None:
        """A message found nothing left under this plan."""


class PlanMeter:
    """See `gateway.session.meter.Meter`. `labels` are those of any of its sessions."""

    __slots__ = (
        "_is_lent",
        "_labels",
        "_lent_bytes",
        "_lent_messages",
        "_obstacle",
        "_owner",
        "_waiting",
        "byte_credit",
        "draws",
        "message_credit",
        "plans",
    )  # fmt: skip

    def __init__(self, labels: SessionLabels, plans: tuple[AppliedPlan, ...], *, owner: MeterOwner) -> None:
        self.plans = plans
        self.draws = tuple(draw for plan in plans for draw in plan.draws)
        self._labels = labels
        self._owner = owner
        self._is_lent = False
        self._lent_messages = self._lent_bytes = 0
        self._obstacle = Standing.LEFT
        self._waiting: dict[_Waiter, None] = {}
        self.message_credit = self.byte_credit = 0

    # A Meter.

    def spend(self, messages: int, payload_bytes: int) -> None:
        """See Meter."""
        self.message_credit -= messages
        self.byte_credit -= payload_bytes

    def judge(self, payload_bytes: int) -> Verdict:
        """See Meter."""
        if self.has_credit:
            self.message_credit -= 1
            self.byte_credit -= payload_bytes
            return Verdict.FORWARD
        return self._judge_anew(payload_bytes)

    def when_changed(self, callback: Callable[[], None]) -> Waiting:
        """See Meter."""
        waiter = _Waiter(callback, self._obstacle, self._waiting)
        self._waiting[waiter] = None
        self._owner.keep_active(self)
        return waiter

    # For the owner.

    def tick(self, now: float) -> bool:
        """Give back what was not used, wake who may go on; whether to come again."""
        self._settle(now)
        if self._waiting:
            self.reconsider(now)
        return bool(self._waiting)

    def reconsider(self, now: float) -> None:
        """Wake those for whom the answer is another one than it was, and no more than there is something for."""
        blocking = self._find_obstacle(now)
        if blocking is not None:
            _, obstacle = blocking
            self._wake([waiter for waiter in self._waiting if waiter.obstacle is not obstacle])
            return
        count = min(self._offer(now, is_bytes=False), len(self._waiting))
        self._wake([waiter for waiter, _ in zip(self._waiting, range(count), strict=False)])

    def spent_draw(self, now: float) -> Draw | None:
        """The quota of which nothing is left, None while a message may go; a burst limit is none."""
        blocking = self._find_obstacle(now)
        if blocking is None or blocking[1] is not Standing.SPENT or blocking[0].is_burst:
            return None
        return blocking[0]

    def draws_from(self, names: set[str]) -> bool:
        """Whether one of these is among its sources."""
        return any(draw.name in names for draw in self.draws)

    @property
    def has_credit(self) -> bool:
        """Whether a message may go without asking anybody."""
        return self.message_credit > 0 and self.byte_credit > 0

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for it to change its mind."""
        return bool(self._waiting)

    def _judge_anew(self, payload_bytes: int) -> Verdict:
        now = self._owner.now()
        self._settle(now)
        blocking = self._find_obstacle(now)
        if blocking is not None:
            draw, self._obstacle = blocking
            return self._verdict_on(draw)
        self._admit(payload_bytes, now)
        return Verdict.FORWARD

    def _admit(self, payload_bytes: int, now: float) -> None:
        if all(self._owner.source(draw).is_lendable(now) for draw in self.draws):
            self._lend(now)
        self.spend(1, payload_bytes)
        if self.has_credit:
            self._owner.keep_active(self)
        else:
            self._settle(now)  # so that what is used up is claimed anew at once

    def _verdict_on(self, draw: Draw) -> Verdict:
        if self._obstacle is Standing.UNKNOWN:
            return Verdict.WAIT
        self._owner.throttled(self._labels, draw.applied)
        return _REACTIONS[draw.applied.plan.reaction]

    def _find_obstacle(self, now: float) -> tuple[Draw, Standing] | None:
        """What is spent before what is not known yet: then waiting is in vain."""
        unknown = None
        for draw in self.draws:
            standing = self._owner.source(draw).standing(now)
            if standing is Standing.SPENT:
                return draw, standing
            if standing is Standing.UNKNOWN:
                unknown = draw, standing
        return unknown

    def _offer(self, now: float, *, is_bytes: bool) -> int:
        least = _PLENTY
        for draw in self.draws:
            if draw.is_bytes is is_bytes:
                least = min(least, self._owner.source(draw).offer(now))
        return least

    def _lend(self, now: float) -> None:
        messages, payload_bytes = self._offer(now, is_bytes=False), self._offer(now, is_bytes=True)
        for draw in self.draws:
            self._owner.source(draw).lend(payload_bytes if draw.is_bytes else messages)
        self._is_lent = True
        self.message_credit = self._lent_messages = messages
        self.byte_credit = self._lent_bytes = payload_bytes

    def _settle(self, now: float) -> None:
        lent_messages, lent_bytes = self._lent_messages, self._lent_bytes
        messages, payload_bytes = lent_messages - self.message_credit, lent_bytes - self.byte_credit
        if not (self._is_lent or messages or payload_bytes):
            return
        is_lent, self._is_lent = self._is_lent, False
        self.message_credit = self.byte_credit = self._lent_messages = self._lent_bytes = 0
        for draw in self.draws:
            source = self._owner.source(draw)
            lent, used = (lent_bytes, payload_bytes) if draw.is_bytes else (lent_messages, messages)
            if is_lent:
                source.settle(lent, used=used, now=now)
            else:
                source.charge(used, now=now)

    def _wake(self, waiters: list[_Waiter]) -> None:
        for waiter in waiters:
            # One that was called before may have cancelled another.
            if waiter in self._waiting:
                waiter.cancel()
                waiter.callback()


class _Waiter:
    """Waits behind those that came before."""

    __slots__ = ("_queue", "callback", "obstacle")

    def __init__(self, callback: Callable[[], None], obstacle: Standing, queue: dict[_Waiter, None]) -> None:
        self.callback = callback
        self.obstacle = obstacle
        self._queue = queue

    def cancel(self) -> None:
        """See Waiting."""
        self._queue.pop(self, None)
