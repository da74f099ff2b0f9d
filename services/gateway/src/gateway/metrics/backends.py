"""Counts what fails on the way to backends, by API and kind of failure."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from gateway.metrics import families
from gateway.metrics.api_labels import ApiLabels
from gateway.upstream.errors import UpstreamError


class BackendMetrics:
    """A DialObserver."""

    def __init__(self, registry: CollectorRegistry, *, labels: ApiLabels) -> None:
        self._labels = labels
        self._failures = families.BACKEND_FAILURES.counter(registry)

    def backend_failed(self, api_id: str, error: UpstreamError) -> None:
        """See DialObserver."""
        self._failures.add((*self._labels.of(api_id), error.code))
