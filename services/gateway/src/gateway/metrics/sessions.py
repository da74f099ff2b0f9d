"""Counts sessions and what they carry.

The relay counts messages and bytes for itself. Here the difference since the last look is added up: at each scrape for
open sessions (`refresh`), and once more when a session ends. So the counters rise while a session is open, keep their
labels when a plan changes, and cost nothing for a message.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.metrics import families
from gateway.metrics.api_labels import ApiLabels
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session

# So many sessions are looked at before others get the event loop: about a millisecond.
_SLICE = 200

# Messages and bytes in, messages and bytes out, invalid messages in and out.
_Sums = tuple[int, int, int, int, int, int]
_NOTHING: Final = (0, 0, 0, 0, 0, 0)
# The registered codes and ours; the rest is `other`, so that a peer cannot make labels.
_CODE_LABELS: Final = {None: "none"} | {code: str(code) for code in (*range(1000, 1016), *range(4000, 4010))}

_PlanLabels = tuple[str, str, str]


class SessionMetrics(Collector):
    """A SessionObserver, and the collector of what it knows."""

    def __init__(
        self, registry: CollectorRegistry, *, labels: ApiLabels, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._labels = labels
        self._wall_clock = wall_clock
        self._closed = families.CONNECTIONS_CLOSED.counter(registry)
        self._seconds = families.CONNECTION_DURATION.histogram(registry)
        # What was added up of each open session that has carried anything.
        self._seen: dict[Session, _Sums] = {}
        self._traffic: dict[_PlanLabels, _Sums] = {}
        self._active: Counter[_PlanLabels] = Counter()
        self._buffered_bytes = self._paused = 0
        registry.register(self)

    def session_opened(self, session: Session) -> None:
        """See SessionObserver. What is open is counted at the scrape."""

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        labels = self._labels.with_plan(session.labels)
        carried, seen = _carried(session), self._seen.pop(session, _NOTHING)
        if carried != seen:
            self._add_traffic(labels, carried, seen)
        name, version, plan = labels
        code = _CODE_LABELS.get(session.close_code, "other")
        self._closed.add((name, version, plan, session.initiator, code))
        self._seconds.observe((name,), max(0.0, self._wall_clock() - session.opened_at))

    async def refresh(self, registry: SessionRegistry) -> None:
        """Looks at every open session, with pauses, so that no message waits long for a scrape."""
        active: Counter[_PlanLabels] = Counter()
        buffered_bytes = paused = 0
        for number, session in enumerate(registry, start=1):
            if registry.find(session.session_id) is session:
                labels = self._labels.with_plan(session.labels)
                active[labels] += 1
                self._look_at(session, labels)
                buffered_bytes += session.buffered_bytes
                paused += session.stalled_since is not None
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        self._active, self._buffered_bytes, self._paused = active, buffered_bytes, paused

    def collect(self) -> Iterator[Metric]:
        """As of the last `refresh`, and of the sessions that ended since."""
        active = families.CONNECTIONS_ACTIVE.gauge_samples()
        for labels, count in self._active.items():
            active.add_metric(labels, count)
        yield active
        messages, payload = families.MESSAGES.counter_samples(), families.MESSAGE_BYTES.counter_samples()
        invalid = families.INVALID_MESSAGES.counter_samples()
        for labels, sums in self._traffic.items():
            messages_in, bytes_in, messages_out, bytes_out, invalid_in, invalid_out = sums
            messages.add_metric((*labels, "in"), messages_in)
            messages.add_metric((*labels, "out"), messages_out)
            payload.add_metric((*labels, "in"), bytes_in)
            payload.add_metric((*labels, "out"), bytes_out)
            invalid.add_metric((*labels, "in"), invalid_in)
            invalid.add_metric((*labels, "out"), invalid_out)
        yield messages
        yield payload
        yield invalid
        yield families.SEND_QUEUE.gauge_samples(self._buffered_bytes)
        yield families.BACKPRESSURE_PAUSED.gauge_samples(self._paused)

    def _look_at(self, session: Session, labels: _PlanLabels) -> None:
        carried, seen = _carried(session), self._seen.get(session, _NOTHING)
        if carried != seen:
            self._seen[session] = carried
            self._add_traffic(labels, carried, seen)

    def _add_traffic(self, labels: _PlanLabels, now: _Sums, before: _Sums) -> None:
        sums = self._traffic.get(labels, _NOTHING)
        self._traffic[labels] = (
            sums[0] + now[0] - before[0],
            sums[1] + now[1] - before[1],
            sums[2] + now[2] - before[2],
            sums[3] + now[3] - before[3],
            sums[4] + now[4] - before[4],
            sums[5] + now[5] - before[5],
        )


def _carried(session: Session) -> _Sums:
    traffic = session.traffic
    return (
        traffic.messages_from_client,
        traffic.bytes_from_client,
        traffic.messages_from_backend,
        traffic.bytes_from_backend,
        traffic.invalid_from_client,
        traffic.invalid_from_backend,
    )
