"""Everything a gateway knows of quotas. It is told what was read and when to tick, and says what is to be written.

Sans-I/O. Bounded: what belongs to a window that is over, or to a gateway that is gone, is forgotten in `sweep`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from contracts.gateway import QuotaClaim
from gateway.quotas.bus_clock import BusClock
from gateway.quotas.fleet import SILENT_SECONDS, Fleet
from gateway.quotas.ledger import Ledger, Share
from gateway.quotas.names import is_places
from gateway.quotas.outgoing import Outgoing
from gateway.quotas.places import Places
from gateway.quotas.plan_meter import PlanMeter
from gateway.quotas.rules import AppliedPlan, Draw, Owners
from gateway.quotas.sources import Source
from gateway.quotas.stock import Stock
from gateway.session.session import SessionLabels

# Brokers' clocks differ a little, so a window that is over for one may not be over for another.
_REMEMBERED_SECONDS = 60.0
_CLAIMS_AT_ONCE = 500
_WINDOW_OF_PLACES = ""


class ThrottlingObserver(Protocol):
    """Counts. Must be quick and must not raise."""

    def throttled(self, labels: SessionLabels, *, level: str) -> None:
        """A message of a session with such labels found nothing left at this level."""


class Book:
    """A `MeterOwner`. `on_due` is called when there is something to write and `on_active` when a meter is to be ticked,
    however often.
    """

    def __init__(
        self,
        instance_id: str,
        *,
        on_due: Callable[[], None],
        on_active: Callable[[], None],
        observer: ThrottlingObserver,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.fleet = Fleet(instance_id)
        self.clock = BusClock(monotonic=monotonic, wall=wall)
        self._observer = observer
        self._instance_id = instance_id
        self._on_active = on_active
        self._outgoing = Outgoing(monotonic=monotonic, wall=wall, on_due=on_due)
        self._ledger = Ledger()
        self._stock = Stock(ledger=self._ledger, fleet=self.fleet, clock=self.clock, want=self._outgoing.want)
        self._places: dict[str, Places] = {}
        self._active: dict[PlanMeter, None] = {}
        self._newest_stamp = 0.0

    # A MeterOwner.

    def now(self) -> float:
        """See MeterOwner."""
        return self.clock.latest()

    def source(self, draw: Draw) -> Source:
        """See MeterOwner."""
        return self._stock.source(draw)

    def keep_active(self, meter: PlanMeter) -> None:
        """See MeterOwner."""
        if not self._active:
            self._on_active()
        self._active[meter] = None

    def throttled(self, labels: SessionLabels, plan: AppliedPlan) -> None:
        """See MeterOwner."""
        self._observer.throttled(labels, level=plan.owner.level)

    # Plans.

    def apply_plans(self, plans: Sequence[AppliedPlan], owners: Owners) -> None:
        """What holds for these owners from now on, also for those that drew before."""
        connections = {one.owner: one.plan.connections for one in plans}
        for owner, name in zip(owners.each, owners.places, strict=True):
            self.places(name).change_limit(connections.get(owner))
        for applied in plans:
            for draw in applied.draws:
                self._stock.change(draw)

    def places(self, name: str) -> Places:
        """The connections of an API, an application or a subscription, by their name in the log."""
        places = self._places.get(name)
        if places is None:
            places = self._places[name] = Places(name, fleet=self.fleet, want=self._outgoing.want)
        return places

    def remembers(self, places: Iterable[str]) -> bool:
        """Whether none of these was forgotten."""
        return all(name in self._places for name in places)

    def prepare(self, meter: PlanMeter) -> None:
        """A session is about to begin: claim for it while its backend is dialled."""
        now = self.now()
        for draw in meter.draws:
            if not draw.is_burst:
                self._stock.account_of(draw).prepare(now)

    def window_end(self, draw: Draw) -> float:
        """When the window of a quota ends."""
        return self._stock.account_of(draw).window.end

    # What is written.

    def next_claims(self) -> list[QuotaClaim]:
        """What is to be written now, empty when nothing is; afterwards either they are heard, or `write_failed` is."""
        while True:
            version, names = self._outgoing.begin_batch(_CLAIMS_AT_ONCE)
            claims = [claim for name in names if (claim := self._next_claim(name, version)) is not None]
            if claims or not names:
                return claims

    def write_failed(self, claims: Iterable[QuotaClaim]) -> None:
        """These may be in the log or not."""
        for claim in claims:
            if is_places(claim.quota):
                self.places(claim.quota).write_failed()
            else:
                self._outgoing.want(claim.quota)

    # What is read.

    def hear_claims(self, claims: Iterable[tuple[QuotaClaim, float]]) -> None:
        """Claims were read, each with the bus's stamp, in the order of the log."""
        answered: set[str] = set()
        for claim, written_at in claims:
            self._hear(written_at)
            if claim.instance_id == self._instance_id:
                answered.add(claim.quota)
                self._hear_own(claim, written_at)
            else:
                self._hear_other(claim, written_at)
        self._reconsider(answered)

    def hear_heartbeat(self, instance_id: str, *, written_at: float) -> None:
        """A gateway lives."""
        self._hear(written_at)
        silence = self.fleet.hear(instance_id, at=written_at)
        if instance_id == self._instance_id and silence > SILENT_SECONDS / 2:
            for places in self._places.values():
                places.write_again()

    def hear_goodbye(self, instance_id: str) -> None:
        """A gateway has ended."""
        self.fleet.say_goodbye(instance_id)

    # Time.

    def tick(self) -> bool:
        """Every 50 ms while it says so: credit is taken back, waiting messages are woken, and silence of the bus is
        noticed.
        """
        self._notice_silence()
        now = self.now()
        for meter in tuple(self._active):
            if not meter.tick(now):
                self._active.pop(meter, None)
        return bool(self._active) or self._outgoing.is_anything_owed

    def sweep(self) -> None:
        """Now and then: forget what no longer matters."""
        now = self.now()
        self._ledger.forget_ended(before=self._newest_stamp - _REMEMBERED_SECONDS)
        self._outgoing.forget_old_versions()
        self._stock.forget_idle(now)
        for places in self._places.values():
            places.forget_gone()
        self._places = {name: one for name, one in self._places.items() if not one.is_idle}

    def sizes(self) -> dict[str, int]:
        """How much is remembered."""
        return {"sources": len(self._stock), "windows": len(self._ledger), "places": len(self._places)}

    def _next_claim(self, name: str, version: int) -> QuotaClaim | None:
        window, claimed = _WINDOW_OF_PLACES, None
        if is_places(name):
            claimed = self.places(name).next_claim(version)
        elif (account := self._stock.account(name)) is not None:
            claimed = account.next_claim(self.now())
            window = str(account.window.start)
        if claimed is None:
            self._outgoing.answered(name, is_more_owed=self._is_owed(name))
            return None
        return QuotaClaim(version=version, quota=name, instance_id=self._instance_id, window=window, claimed=claimed)

    def _hear(self, written_at: float) -> None:
        self.clock.hear(written_at)
        self._newest_stamp = max(self._newest_stamp, written_at)

    def _hear_other(self, claim: QuotaClaim, written_at: float) -> None:
        if is_places(claim.quota):
            self.places(claim.quota).read_other(
                claim.instance_id, count=claim.claimed, version=claim.version, written_at=written_at
            )
        else:
            self._enter(claim, written_at)

    def _hear_own(self, claim: QuotaClaim, written_at: float) -> None:
        sent_at = self._outgoing.sent_at(claim.version)
        if sent_at is not None:
            self.clock.learn(sent_at=sent_at, written_at=written_at)
        is_fresh = sent_at is not None
        if is_places(claim.quota):
            self.places(claim.quota).read_back(version=claim.version, is_fresh=is_fresh)
        elif not self._read_back(claim, written_at, is_fresh=is_fresh):
            return
        self._outgoing.answered(claim.quota, is_more_owed=self._is_owed(claim.quota))

    def _read_back(self, claim: QuotaClaim, written_at: float, *, is_fresh: bool) -> bool:
        """Whether it is an answer: a void claim is written again, while its window is still ours."""
        share = self._enter(claim, written_at)
        account = self._stock.account(claim.quota)
        if account is None:
            return True
        if share is not None:
            account.read_back(share, claimed=claim.claimed, is_fresh=is_fresh)
        elif claim.window == str(account.window.start):
            self._outgoing.want(claim.quota)
        return share is not None

    def _enter(self, claim: QuotaClaim, written_at: float) -> Share | None:
        return self._ledger.enter(
            claim.quota,
            gateway=claim.instance_id,
            window=claim.window,
            claimed=claim.claimed,
            written_at=written_at,
        )

    def _reconsider(self, names: set[str]) -> None:
        now = self.now()
        for meter in tuple(self._active):
            if meter.is_waited_for and meter.draws_from(names):
                meter.reconsider(now)

    def _notice_silence(self) -> None:
        overdue = self._outgoing.first_overdue()
        while overdue is not None and not self._is_owed(overdue):
            self._outgoing.answered(overdue, is_more_owed=False)  # of a window that is over
            overdue = self._outgoing.first_overdue()
        was_cut_off, self.fleet.is_cut_off = self.fleet.is_cut_off, overdue is not None
        if self.fleet.is_cut_off and not was_cut_off:
            for places in tuple(self._places.values()):
                places.decide_alone()

    def _is_owed(self, name: str) -> bool:
        if self._outgoing.is_due(name):
            return True
        claimant = self._places.get(name) if is_places(name) else self._stock.account(name)
        return claimant is not None and claimant.has_unread_claims
