"""Counts sessions and what they carry.

The relay counts messages and bytes for itself. Here the difference since the last look is added up: at each scrape for
open sessions (`refresh`), and once more when a session ends. So the counters rise while a session is open, keep their
labels when a plan changes, and cost nothing for a message.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.metrics import families
from gateway.metrics.api_labels import ApiLabels
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session, SessionTraffic

# So many sessions are looked at before others get the event loop: about a millisecond.
_SLICE = 200

_NOTHING = SessionTraffic(0, 0, 0, 0)
# The registered codes and ours; the rest is `other`, so that a peer cannot make labels.
_CODE_LABELS = {None: "none"} | {code: str(code) for code in (*range(1000, 1016), *range(4000, 4010))}

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
        self._seen: dict[Session, SessionTraffic] = {}
        self._traffic: defaultdict[_PlanLabels, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
        self._active: Counter[_PlanLabels] = Counter()
        self._buffered_bytes = self._paused = 0
        registry.register(self)

    def session_opened(self, session: Session) -> None:
        """See SessionObserver. What is open is counted at the scrape."""

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        labels = self._labels.with_plan(session.labels)
        traffic, seen = session.traffic, self._seen.pop(session, _NOTHING)
        if traffic != seen:
            self._add_traffic(labels, traffic, seen)
        initiator = session.closer.value if session.closer else "gateway"
        self._closed.add((*labels, initiator, _CODE_LABELS.get(session.close_code, "other")))
        self._seconds.observe(labels[:1], max(0.0, self._wall_clock() - session.opened_at))

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
        traffic, seen = session.traffic, self._seen.get(session, _NOTHING)
        if traffic != seen:
            self._seen[session] = traffic
            self._add_traffic(labels, traffic, seen)

    def _add_traffic(self, labels: _PlanLabels, now: SessionTraffic, before: SessionTraffic) -> None:
        sums = self._traffic[labels]
        sums[0] += now.messages_from_client - before.messages_from_client
        sums[1] += now.bytes_from_client - before.bytes_from_client
        sums[2] += now.messages_from_backend - before.messages_from_backend
        sums[3] += now.bytes_from_backend - before.bytes_from_backend
        sums[4] += now.invalid_from_client - before.invalid_from_client
        sums[5] += now.invalid_from_backend - before.invalid_from_backend
