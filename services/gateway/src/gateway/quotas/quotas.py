"""The quotas of one gateway with everything they need of the outside: the bus, time, the sessions.

`run` owns the tasks: two followers (each reads one topic, so that a claim never waits behind something else), the
writer of claims (one send at a time, whatever became due meanwhile goes together), and the ticker, which sleeps while
nobody sends messages. Nothing is written before the log was read to its end: until then the bus counts as away.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from contracts import Fact, Tombstone, UnreadableFact, decode, encode
from contracts.gateway import Instance, QuotaClaim
from eventbus.bus import EventBus, ReceivedRecord, Record
from eventbus.errors import BusError
from eventbus.following import Follower
from gateway.quotas.book import Book, ThrottlingObserver
from gateway.quotas.metering import Metering, Meterings
from gateway.quotas.plan_meter import PlanMeter
from gateway.quotas.rules import AppliedPlan, owners_of
from gateway.routing.route_table import RouteTable
from gateway.session.meter import Meter
from gateway.session.session import Session, SessionLabels

_log = structlog.get_logger(__name__)

_TICK_SECONDS = 0.05
_SWEEP_SECONDS = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=50), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SpentQuota:
    """Nothing is left under this plan for so many seconds."""

    plan: AppliedPlan
    seconds: float


class SessionMeters:
    """What the plans of now ask of open sessions. `table` gives the facts of now."""

    def __init__(self, quotas: Quotas, *, table: Callable[[], RouteTable]) -> None:
        self._quotas = quotas
        self._table = table

    def meter_of(self, session: Session) -> Meter:
        """The same meter while the plans are the same."""
        return self._metering(session).meter

    def max_message_bytes_of(self, session: Session) -> int | None:
        """The least that a plan allows; None where none says."""
        return self._metering(session).max_message_bytes

    def _metering(self, session: Session) -> Metering:
        return self._quotas.metering(session.labels, self._table(), address=session.client_address)


class Quotas:
    """See the module. A `SessionObserver` and a `RelabelObserver`: a session's places are given back when it ends."""

    def __init__(
        self, bus: EventBus, *, instance_id: str, observer: ThrottlingObserver, may_start_alone: bool = False
    ) -> None:
        self._bus = bus
        self._may_start_alone = may_start_alone
        self._due = asyncio.Event()
        self._active = asyncio.Event()
        self._book = Book(instance_id, on_due=self._on_due, on_active=self._active.set, observer=observer)
        self._meterings = Meterings(self._book)
        self._claims = Follower(bus, (QuotaClaim.topic.name,), self._hear_claims)
        self._heartbeats = Follower(bus, (Instance.topic.name,), self._hear_heartbeats)

    async def run(self) -> None:
        """A background task of the gateway. Ends only by cancellation."""
        async with asyncio.TaskGroup() as group:
            for task in (self._claims.run, self._heartbeats.run, self._write, self._tick, self._sweep):
                group.create_task(task())

    @property
    def is_caught_up(self) -> bool:
        """Whether all claims and heartbeats were read that there were at the start."""
        return self._claims.caught_up.is_set() and self._heartbeats.caught_up.is_set()

    async def check(self) -> str | None:
        """A readiness check. Who may start alone, from a snapshot, is ready without a bus and spends its fair share."""
        is_alone = self._may_start_alone and not self._claims.connected
        return None if self.is_caught_up or is_alone else "quota claims are still being read"

    def metering(self, labels: SessionLabels, table: RouteTable, *, address: str) -> Metering:
        """What holds for a session from now on. Sessions of one API, application and subscription share a meter, which
        goes on where it was when their plans have changed.
        """
        return self._meterings.of(labels, table, address=address)

    def prepare(self, metering: Metering) -> SpentQuota | None:
        """A session is about to begin: claims for it, while its backend is dialled, unless nothing is left for it."""
        meter = metering.meter
        # Credit is taken back within a tick, and then what is missing is claimed.
        if not isinstance(meter, PlanMeter) or meter.has_credit:
            return None
        now = self._book.now()
        draw = meter.spent_draw(now)
        if draw is None:
            self._book.prepare(meter)
            return None
        return SpentQuota(draw.applied, max(0.0, self._book.window_end(draw) - now))

    # Places.

    def take_places(self, labels: SessionLabels, *, address: str) -> None:
        """A session where no plan limits how many there are."""
        for name in owners_of(labels, address=address).places:
            self._book.places(name).take()

    async def ask_places(self, metering: Metering) -> AppliedPlan | None:
        """Takes a place under every plan; or returns the plan that has none left, and has taken nothing.

        The answer comes from the log, or within about a second from what was last known of it.
        """
        limited = {applied.owner: applied for applied in metering.plans if applied.plan.connections is not None}
        taken: list[str] = []
        try:
            for owner, name in zip(metering.owners.each, metering.owners.places, strict=True):
                if owner not in limited:
                    self._book.places(name).take()
                elif not await self._ask(name):
                    self._give_back(taken)
                    return limited[owner]
                taken.append(name)
        except BaseException:
            self._give_back(taken)
            raise
        return None

    def give_back_places(self, labels: SessionLabels, *, address: str) -> None:
        """What was taken is free."""
        self._give_back(owners_of(labels, address=address).places)

    def session_opened(self, session: Session) -> None:
        """See SessionObserver: its places were taken at its handshake."""

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        self.give_back_places(session.labels, address=session.client_address)

    def session_relabelled(self, session: Session, *, before: SessionLabels) -> None:
        """See RelabelObserver. Whoever is in stays in, over the limit too."""
        self.give_back_places(before, address=session.client_address)
        self.take_places(session.labels, address=session.client_address)

    def _give_back(self, names: Sequence[str]) -> None:
        for name in names:
            self._book.places(name).give_back()

    async def _ask(self, name: str) -> bool:
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def answer(is_granted: bool) -> None:  # an Answer
            if not answered.done():
                answered.set_result(is_granted)
            elif is_granted:
                places.give_back()

        places = self._book.places(name)
        places.ask(answer)
        try:
            return await answered
        except asyncio.CancelledError:
            places.stop_asking(answer)
            if answered.done() and not answered.cancelled() and answered.result():
                places.give_back()
            raise

    # Tasks.

    def _on_due(self) -> None:
        self._due.set()
        self._active.set()  # It also waits for what is owed.

    async def _tick(self) -> None:
        while True:
            await self._active.wait()
            self._active.clear()
            is_needed = True
            while is_needed:
                # First, so that credit lives for a tick: sessions that come one after the other find it.
                await asyncio.sleep(_TICK_SECONDS)
                is_needed = self._book.tick()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self._book.sweep()
            self._meterings.sweep()

    async def _write(self) -> None:
        for follower in (self._claims, self._heartbeats):
            await follower.caught_up.wait()
        pause = _FIRST_PAUSE
        while True:
            await self._due.wait()
            self._due.clear()
            while claims := self._book.next_claims():
                if await self._send(claims):
                    pause = _FIRST_PAUSE
                    continue
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(self, claims: Sequence[QuotaClaim]) -> bool:
        try:
            await self._bus.send([_record(claim) for claim in claims])
        except BusError as error:
            _log.warning("claims on quotas were not written", reason=str(error), claims=len(claims))
            self._book.write_failed(claims)
            return False
        return True

    # What is read.

    def _hear_claims(self, records: Sequence[ReceivedRecord]) -> None:
        self._book.hear_claims((fact, stamp) for fact, stamp in _read(records) if isinstance(fact, QuotaClaim))

    def _hear_heartbeats(self, records: Sequence[ReceivedRecord]) -> None:
        for fact, stamp in _read(records):
            if isinstance(fact, Tombstone) or fact.deleted:
                self._book.hear_goodbye(fact.key)
            else:
                self._book.hear_heartbeat(fact.key, written_at=stamp)


def _record(claim: QuotaClaim) -> Record:
    envelope = encode(claim, source="gateway", event_id=uuid.uuid4().hex, written_at=datetime.now(UTC))
    return Record(envelope.topic, envelope.key, envelope.value, envelope.headers)


def _read(records: Sequence[ReceivedRecord]) -> Iterator[tuple[Fact | Tombstone, float]]:
    for record in records:
        try:
            fact = decode(record.topic, record.key, record.value, record.headers)
        except UnreadableFact as error:
            _log.error("a fact cannot be read", topic=record.topic, key=record.key, reason=str(error))
            continue
        yield fact, record.written_at.timestamp()
