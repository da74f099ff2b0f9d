"""Any number of gateways on one log, without sockets, threads or a real clock.

Each gateway has clocks of its own, wrong by as much as it likes. What is on its way to the log, what was written and
what each gateway has read of it are told apart, so that a test can put anything between them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from contracts.gateway import QuotaClaim
from contracts.publisher import Plan, PlanLevel, Quota, QuotaType
from gateway.quotas.book import Book
from gateway.quotas.names import Owner, places_name
from gateway.quotas.plan_meter import PlanMeter
from gateway.quotas.rules import AppliedPlan, Owners
from gateway.session.meter import Verdict
from gateway.session.session import SessionLabels

BEGIN = 1_767_355_200.0  # a full minute


def plan(amount: int | None = 100, **changes: Any) -> Plan:
    """So many messages a minute, unless changed."""
    quota = None if amount is None else Quota(type=QuotaType.EVENT_COUNT, amount=amount, unit_time=1, time_unit="min")
    fields: dict[str, Any] = {
        "version": 1,
        "id": "p1",
        "level": PlanLevel.SUBSCRIPTION,
        "name": "Gold",
        "display_name": "Gold",
        "quota": quota,
    }
    return Plan(**fields | changes)


@dataclass(frozen=True, slots=True)
class Written:
    """A record of the log, with the bus's stamp."""

    claim: QuotaClaim
    at: float


@dataclass
class Log:
    """The quota topic, and the bus's clock."""

    now: float = BEGIN
    records: list[Written] = field(default_factory=list)

    def write(self, claims: list[QuotaClaim]) -> None:
        self.records += [Written(claim, self.now) for claim in claims]

    def compacted(self) -> list[Written]:
        """What a reader meets who begins after compaction: the last record of each key."""
        last = {record.claim.key: index for index, record in enumerate(self.records)}
        return [record for index, record in enumerate(self.records) if last[record.claim.key] == index]


class Gateway:
    """One book, with one meter on it."""

    def __init__(self, log: Log, *plans: Plan, instance_id: str = "g1", clock_error: float = 0.0) -> None:
        self.id = instance_id
        self.log = log
        self.clock_error = clock_error
        self.throttled = 0
        self.book = Book(
            instance_id,
            on_due=lambda: None,
            on_active=lambda: None,
            observer=_Counting(self),
            monotonic=self._monotonic,
            wall=lambda: self._monotonic() + BEGIN,
        )
        self.use(*plans or (plan(),))
        self.position = len(log.records)
        self.in_transit: list[QuotaClaim] = []
        self.forwarded: Counter[float] = Counter()
        self.book.hear_claims([(record.claim, record.at) for record in log.compacted()])

    def _monotonic(self) -> float:
        return self.log.now - BEGIN + self.clock_error

    def use(self, *plans: Plan) -> None:
        """These hold from now on; the level of each has one owner."""
        applied = tuple(AppliedPlan(one, Owner(one.level, "s1")) for one in plans)
        owners = tuple(one.owner for one in applied)
        self.book.apply_plans(applied, Owners(owners, tuple(places_name(owner) for owner in owners)))
        self.meter = PlanMeter(SessionLabels("a1"), applied, owner=self.book)

    def meet(self, *others: Gateway) -> None:
        """Hear the heartbeats of all."""
        for gateway in (self, *others):
            self.book.hear_heartbeat(gateway.id, written_at=self.log.now)

    def want(self, messages: int, *, payload_bytes: int = 1) -> list[Verdict]:
        """So many messages come in now."""
        verdicts = [self.meter.judge(payload_bytes) for _ in range(messages)]
        self.forwarded[self.log.now // 60] += verdicts.count(Verdict.FORWARD)
        return verdicts

    def send(self) -> None:
        """What is due goes on its way, unless something still is: there is one send at a time."""
        if not self.in_transit:
            self.in_transit = self.book.next_claims()

    def arrive(self) -> None:
        """What was on its way is in the log now."""
        self.log.write(self.in_transit)
        self.in_transit = []

    def fail(self, *, is_written: bool) -> None:
        """The send failed, and nobody knows whether it was written."""
        if is_written:
            self.log.write(self.in_transit)
        claims, self.in_transit = self.in_transit, []
        self.book.write_failed(claims)

    def read(self, count: int | None = None) -> None:
        """The next records of the log."""
        unread = self.log.records[self.position :][:count]
        self.position += len(unread)
        self.book.hear_claims([(record.claim, record.at) for record in unread])

    def exchange(self) -> None:
        """A claim's whole way."""
        self.send()
        self.arrive()
        self.read()


@dataclass
class _Counting:
    gateway: Gateway

    def throttled(self, labels: SessionLabels, *, level: str) -> None:
        self.gateway.throttled += 1


def advance(log: Log, gateways: list[Gateway], seconds: float) -> None:
    """Time passes; what was lent is taken back before, as the ticks do. For less than a tick, just change `now`."""
    for gateway in gateways:
        gateway.book.tick()
    log.now += seconds
    for gateway in gateways:
        gateway.book.tick()


def spent(gateways: list[Gateway], *, window: float = BEGIN // 60) -> int:
    """What all have forwarded in a minute of the bus's clock."""
    return sum(gateway.forwarded[window] for gateway in gateways)


def granted(log: Log, gateway: str, *, amount: int, minute: float) -> int:
    """What the log grants a gateway, counted in another way than the code does: as intervals of one line."""
    claimed: Counter[str] = Counter()
    reached = own = 0
    for record in log.records:
        is_void = record.claim.window != str(int(record.at // 60) * 60) or record.at // 60 != minute
        rise = record.claim.claimed - claimed[record.claim.instance_id]
        if is_void or rise <= 0:
            continue
        claimed[record.claim.instance_id] += rise
        if record.claim.instance_id == gateway:
            own += max(0, min(reached + rise, amount) - min(reached, amount))
        reached += rise
    return own
