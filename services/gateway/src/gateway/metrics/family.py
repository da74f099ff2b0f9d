"""What a metric is called, what it means, and how those of several workers become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

M = TypeVar("M", Counter, Histogram)

_REMEMBERED = 1024


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

    def counter(self, registry: CollectorRegistry) -> Counter:
        """A counter that is counted up on the way."""
        return Counter(self.name, self.text, self.labels, registry=registry)

    def histogram(self, registry: CollectorRegistry) -> Histogram:
        """A histogram with this family's buckets."""
        return Histogram(self.name, self.text, self.labels, registry=registry, buckets=self.buckets)

    def counter_samples(self) -> CounterMetricFamily:
        """An empty family for a collector to fill."""
        return CounterMetricFamily(self.name, self.text, labels=self.labels)

    def gauge_samples(self, value: float | None = None) -> GaugeMetricFamily:
        """An empty family for a collector to fill, or, without labels, one with its value."""
        return GaugeMetricFamily(self.name, self.text, value=value, labels=None if value is not None else self.labels)


def remembered(metric: M) -> Callable[..., M]:
    """`metric.labels`, which is asked several times for each handshake, with its answers kept: they stay the same."""
    return lru_cache(maxsize=_REMEMBERED)(metric.labels)
