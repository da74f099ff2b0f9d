"""What was carried in each hour for each application, API and plan: counters that only grow within the hour.

Open sessions are added up at each look, for the relay counts for itself, and those that have ended are remembered as
sums. So a message costs nothing here, and an idle session no memory. A killed gateway loses what it carried since the
last look was told.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from operator import add, sub
from typing import NamedTuple

from contracts import Fact
from contracts.gateway import Usage
from gateway.reporting.versions import Versions
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session, SessionLabels

_SLICE = 500
_BATCH = 100
_MAX_WAITING = 10_000


class Consumer(NamedTuple):
    """For whom something was carried."""

    api_id: str
    application_id: str
    plan: str


class Sums(NamedTuple):
    """What was carried, in the order of the fact's fields."""

    sessions_opened: int = 0
    messages_from_client: int = 0
    bytes_from_client: int = 0
    messages_from_backend: int = 0
    bytes_from_backend: int = 0
    messages_throttled: int = 0

    def plus(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(*map(add, self, other))

    def minus(self, other: Sums) -> Sums:
        """The difference; may be negative."""
        return Sums(*map(sub, self, other))


_NOTHING = Sums()


class UsageReport:
    """A `SessionObserver`. `look` before `due`; what `due` gives counts as told until `failed` says otherwise."""

    def __init__(self, *, instance_id: str, versions: Versions) -> None:
        self._instance_id = instance_id
        self._versions = versions
        self._hour: datetime | None = None
        # Since this gateway began: all that is not in an open session. Negative where one came from another plan.
        # Lists in the order of `Sums`, which grow in place, for every session comes here twice.
        self._settled: dict[tuple[str, str, str], list[int]] = {}
        self._totals: dict[Consumer, Sums] = {}
        self._at_begin_of_hour: dict[Consumer, Sums] = {}
        self._waiting: dict[tuple[Consumer, datetime], Sums] = {}
        self.dropped = 0

    def session_opened(self, session: Session) -> None:
        """See SessionObserver."""
        self._settled_of(session.labels)[0] += 1

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        settled, traffic = self._settled_of(session.labels), session.traffic
        settled[1] += traffic.messages_from_client
        settled[2] += traffic.bytes_from_client
        settled[3] += traffic.messages_from_backend
        settled[4] += traffic.bytes_from_backend
        settled[5] += traffic.dropped_from_client + traffic.dropped_from_backend

    def session_relabelled(self, session: Session, *, before: SessionLabels) -> None:
        """What it has carried until now stays with the plan under which it was carried."""
        carried = _carried(session)
        _add(self._settled_of(before), carried)
        _add(self._settled_of(session.labels), _NOTHING.minus(carried))

    async def look(self, registry: SessionRegistry, *, now: datetime) -> None:
        """Adds up all that was carried until now, with pauses, so that no message waits long for it."""
        totals = defaultdict(Sums, {Consumer(*each): Sums(*settled) for each, settled in self._settled.items()})
        for number, session in enumerate(registry, start=1):
            # One that ends during the look is missed by it, and found among the settled ones by the next.
            if registry.find(session.session_id) is session:
                consumer = consumer_of(session.labels)
                totals[consumer] = totals[consumer].plus(_carried(session))
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        self._take(totals, now.replace(minute=0, second=0, microsecond=0))

    def due(self) -> Iterator[list[Fact]]:
        """What has changed since it was told, in batches."""
        while batch := list(islice(self._waiting.items(), _BATCH)):
            for key, _ in batch:
                del self._waiting[key]
            yield [self._fact(consumer, hour, sums) for (consumer, hour), sums in batch]

    def failed(self, batch: Iterable[Fact]) -> None:
        """A batch may not have been heard: told again with the next look, unless there is something newer."""
        for fact in batch:
            if isinstance(fact, Usage):
                consumer = Consumer(fact.api_id, fact.application_id, fact.plan)
                sums = Sums(*(getattr(fact, name) for name in Sums._fields))
                self._waiting.setdefault((consumer, fact.hour), sums)
        while len(self._waiting) > _MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
            self.dropped += 1

    def _settled_of(self, labels: SessionLabels) -> list[int]:
        consumer = (labels.api_id, labels.application_id, labels.plan)
        settled = self._settled.get(consumer)
        if settled is None:
            settled = self._settled[consumer] = [*_NOTHING]
        return settled

    def _take(self, totals: dict[Consumer, Sums], hour: datetime) -> None:
        """What was carried since the last look counts for the hour in which that was."""
        if self._hour is None:
            self._hour = hour
        for consumer, sums in totals.items():
            known = self._totals.get(consumer, _NOTHING)
            newest = Sums(*map(max, sums, known))
            if newest != known:
                self._totals[consumer] = newest
                carried = newest.minus(self._at_begin_of_hour.get(consumer, _NOTHING))
                self._waiting[consumer, self._hour] = carried
        if hour != self._hour:
            self._begin_hour(hour, totals)

    def _begin_hour(self, hour: datetime, totals: dict[Consumer, Sums]) -> None:
        for consumer in [each for each, sums in totals.items() if [*sums] == self._settled.get(each)]:
            # Nothing was carried for an hour and nobody is there: begin from nothing when somebody comes.
            if self._totals.get(consumer) == self._at_begin_of_hour.get(consumer):
                self._settled.pop(consumer, None)
                self._totals.pop(consumer, None)
        self._hour = hour
        self._at_begin_of_hour = dict(self._totals)

    def _fact(self, consumer: Consumer, hour: datetime, sums: Sums) -> Usage:
        return Usage(
            version=self._versions.next(),
            instance_id=self._instance_id,
            hour=hour,
            **consumer._asdict(),
            **sums._asdict(),
        )


def consumer_of(labels: SessionLabels) -> Consumer:
    """For whom a session carries."""
    return Consumer(labels.api_id, labels.application_id, labels.plan)


def _add(settled: list[int], sums: Sums) -> None:
    for index, count in enumerate(sums):
        settled[index] += count


def _carried(session: Session) -> Sums:
    traffic = session.traffic
    return Sums(
        0,
        traffic.messages_from_client,
        traffic.bytes_from_client,
        traffic.messages_from_backend,
        traffic.bytes_from_backend,
        traffic.dropped_from_client + traffic.dropped_from_backend,
    )
