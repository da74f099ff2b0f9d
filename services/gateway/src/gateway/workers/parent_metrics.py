"""What only a parent knows."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.metrics import families
from gateway.workers.workers import Workers


class ParentMetrics(Collector):
    """Read at the scrape."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """One sample each."""
        yield families.WORKERS.gauge_samples(sum(worker.pid is not None for worker in self._workers))
        restarts = families.WORKER_RESTARTS.counter_samples()
        restarts.add_metric((), self._workers.restarts)
        yield restarts
