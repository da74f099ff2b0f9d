"""What a metric is called, what it means, and how those of several workers become one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.metrics.tallies import Counts, Timings


class Kind(StrEnum):
    """As Prometheus has them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Merge(StrEnum):
    """What one number says of several workers."""

    SUM = "sum"
    LEAST = "min"
    GREATEST = "max"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. `name` is what Prometheus shows, so a counter's ends with `_total`."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    merge: Merge = Merge.SUM

    def counter(self, registry: CollectorRegistry) -> Counts:
        """A counter that is counted up on the way."""
        counts = Counts()
        registry.register(_Scraped(lambda: self._counted(counts)))
        return counts

    def histogram(self, registry: CollectorRegistry) -> Timings:
        """A histogram with this family's buckets; without labels it is shown from the beginning."""
        timings = Timings(self.buckets)
        if not self.labels:
            timings.of(())
        registry.register(_Scraped(lambda: self._timed(timings)))
        return timings

    def counter_samples(self) -> CounterMetricFamily:
        """An empty family for a collector to fill."""
        return CounterMetricFamily(self.name, self.text, labels=self.labels)

    def gauge_samples(self, value: float | None = None) -> GaugeMetricFamily:
        """An empty family for a collector to fill, or, without labels, one with its value."""
        return GaugeMetricFamily(self.name, self.text, value=value, labels=None if value is not None else self.labels)

    def _counted(self, counts: Counts) -> CounterMetricFamily:
        samples = self.counter_samples()
        for labels, count in counts.by_labels.items():
            samples.add_metric(labels, count)
        return samples

    def _timed(self, timings: Timings) -> HistogramMetricFamily:
        samples = HistogramMetricFamily(self.name, self.text, labels=self.labels)
        bounds = (*map(str, self.buckets), "+Inf")
        for labels, timed in timings.by_labels.items():
            buckets = list(zip(bounds, accumulate(timed.counts), strict=True))
            samples.add_metric(labels, buckets, timed.seconds)
        return samples


class _Scraped(Collector):
    """One family, made when it is asked for."""

    def __init__(self, samples: Callable[[], Metric]) -> None:
        self._samples = samples

    def collect(self) -> Iterator[Metric]:
        yield self._samples()
