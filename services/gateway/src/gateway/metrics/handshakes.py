"""Counts handshakes by API, plan and outcome, and times those that succeed."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.metrics import families
from gateway.metrics.api_labels import ApiLabels
from gateway.session.session import NOBODY

_OUTCOMES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    429: "throttled",
    500: "error",
    502: "backend_error",
    503: "unavailable",
    504: "backend_error",
}


class HandshakeMetrics:
    """A HandshakeObserver."""

    def __init__(self, registry: CollectorRegistry, *, labels: ApiLabels) -> None:
        self._labels = labels
        self._connections = families.CONNECTIONS.counter(registry)
        self._connect_seconds = families.CONNECT_DURATION.histogram(registry)

    def refused(self, refusal: Refusal, attempt: HandshakeAttempt | None, *, peer_address: str) -> None:
        """See HandshakeObserver."""
        labels = self._labels.with_plan(attempt.labels if attempt else NOBODY)
        self._connections.add((*labels, _OUTCOMES.get(refusal.status, "bad_request")))

    def accepted(self, admitted: Admitted, attempt: HandshakeAttempt, *, seconds: float) -> None:
        """See HandshakeObserver."""
        name, version, plan = self._labels.with_plan(admitted.labels)
        self._connections.add((name, version, plan, "accepted"))
        self._connect_seconds.observe((name, version), seconds)
