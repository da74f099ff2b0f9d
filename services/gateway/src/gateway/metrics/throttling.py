"""Counts the messages that a quota kept back."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from gateway.metrics import families
from gateway.metrics.api_labels import ApiLabels
from gateway.session.session import SessionLabels


class ThrottlingMetrics:
    """Told by whoever meters."""

    def __init__(self, registry: CollectorRegistry, *, labels: ApiLabels) -> None:
        self._labels = labels
        self._throttled = families.THROTTLED.counter(registry)

    def throttled(self, labels: SessionLabels, *, level: str, messages: int = 1) -> None:
        """So many messages of a session with these labels were dropped, or closed it. `level` is the plan's:
        `subscription`, `application`, `api` or the like, a closed set."""
        self._throttled.add((*self._labels.with_plan(labels), level), messages)
