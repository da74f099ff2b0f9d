"""What is read at the scrape: how fresh the facts are, and what the process holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.feed.feed import Feed
from gateway.metrics import families


class StateMetrics(Collector):
    """`pending_handshakes` counts the connections without a session, `lost_lines` what the access log lost;
    `snapshot_as_of` is a POSIX time, 0 where there is no snapshot.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        pending_handshakes: Callable[[], int],
        lost_lines: Callable[[], int],
        snapshot_as_of: Callable[[], float],
    ) -> None:
        self._feed = feed
        self._lost_lines = lost_lines
        self._snapshot_as_of = snapshot_as_of
        self._pending_handshakes = pending_handshakes

    def collect(self) -> Iterator[Metric]:
        """One sample each, or one for each topic."""
        follower = self._feed.follower
        yield families.CONFIG_AGE.gauge_samples(max(0.0, time.time() - self._feed.as_of()))
        yield families.STATE_CAUGHT_UP.gauge_samples(float(self._feed.is_caught_up))
        last_event = families.STATE_LAST_EVENT.gauge_samples()
        for topic, written_at in follower.last_record_at.items():
            last_event.add_metric((topic,), written_at.timestamp())
        yield last_event
        lag = families.BUS_LAG.gauge_samples()
        for topic, records in follower.lag_records.items():
            lag.add_metric((topic,), records)
        yield lag
        facts = families.FACTS.gauge_samples()
        for topic, count in self._feed.table.sizes().items():
            facts.add_metric((topic,), count)
        yield facts
        rejected = families.FACTS_REJECTED.counter_samples()
        rejected.add_metric((), self._feed.unreadable + follower.rejected)
        yield rejected
        lost = families.ACCESS_LOG_LOST.counter_samples()
        lost.add_metric((), self._lost_lines())
        yield lost
        yield families.SNAPSHOT_AS_OF.gauge_samples(self._snapshot_as_of())
        yield families.HANDSHAKES_PENDING.gauge_samples(self._pending_handshakes())
        yield families.TASKS.gauge_samples(len(asyncio.all_tasks()))
