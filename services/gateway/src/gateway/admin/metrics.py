"""The data plane's metrics. Labels are API, version, outcome and code class: never an application, user, token or
address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client import Counter as Total
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.handshake.admission import Admitted
from gateway.handshake.refusal import Refusal
from gateway.routing.route_table import RouteTable
from gateway.session.registry import SessionRegistry
from gateway.session.session import TEST_KEY_PLAN, Session

ApiLabels = tuple[str, str]

_OUTCOMES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    429: "throttled",
    502: "backend_error",
    503: "unavailable",
    504: "backend_error",
}
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class GatewayMetrics:
    """Observes handshakes and sessions. `table` names the API behind an id."""

    def __init__(self, registry: CollectorRegistry, *, table: Callable[[], RouteTable]) -> None:
        self._table = table
        api = ["api", "api_version"]
        self._connections = Total(
            "sluice_gateway_connections", "Handshakes by outcome", [*api, "outcome"], registry=registry
        )
        self._closed = Total(
            "sluice_gateway_connections_closed",
            "Ended sessions by who began to close and the close code",
            [*api, "initiator", "close_code"],
            registry=registry,
        )
        self._connect_seconds = Histogram(
            "sluice_gateway_connect_duration_seconds",
            "From the accepted connection to the client's 101",
            api,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._messages = Total(
            "sluice_gateway_messages", "Whole data messages relayed", [*api, "direction"], registry=registry
        )
        self._bytes = Total(
            "sluice_gateway_message_bytes", "Their payload, as on the wire", [*api, "direction"], registry=registry
        )

    def refused(self, refusal: Refusal) -> None:
        """A handshake got this answer."""
        outcome = _OUTCOMES.get(refusal.status, "bad_request" if refusal.status < 500 else "error")
        self._connections.labels("", "", outcome).inc()

    def accepted(self, admitted: Admitted, *, seconds: float) -> None:
        """A client got its 101."""
        api = self.labels_of(admitted.labels.api_id)
        is_test = admitted.labels.plan == TEST_KEY_PLAN
        self._connections.labels(*api, "accepted_with_test_key" if is_test else "accepted").inc()
        self._connect_seconds.labels(*api).observe(seconds)

    def session_opened(self, session: Session) -> None:
        """Counted at its acceptance."""

    def session_closed(self, session: Session) -> None:
        """Its counters are final."""
        api = self.labels_of(session.labels.api_id)
        initiator = session.closer.value if session.closer else "gateway"
        self._closed.labels(*api, initiator, _known_code(session.close_code)).inc()
        traffic = session.traffic
        self._messages.labels(*api, "in").inc(traffic.messages_from_client)
        self._messages.labels(*api, "out").inc(traffic.messages_from_backend)
        self._bytes.labels(*api, "in").inc(traffic.bytes_from_client)
        self._bytes.labels(*api, "out").inc(traffic.bytes_from_backend)

    def labels_of(self, api_id: str) -> ApiLabels:
        """The name and version of an API, empty where it is gone."""
        api = self._table().api(api_id)
        return (api.name, api.api_version) if api else ("", "")


class LiveState(Collector):
    """What is read at the scrape instead of being counted on the way."""

    def __init__(self, sessions: SessionRegistry, metrics: GatewayMetrics, *, is_caught_up: Callable[[], bool]) -> None:
        self._sessions = sessions
        self._metrics = metrics
        self._is_caught_up = is_caught_up

    def collect(self) -> Iterator[Metric]:
        """One sample for each API with open sessions."""
        active = GaugeMetricFamily("sluice_gateway_connections_active", "Open sessions", labels=["api", "api_version"])
        counts = Counter(self._metrics.labels_of(session.labels.api_id) for session in self._sessions)
        for labels, count in counts.items():
            active.add_metric(labels, count)
        yield active
        caught_up = GaugeMetricFamily(
            "sluice_gateway_state_caught_up", "Whether the gateway has read all facts it decides from"
        )
        caught_up.add_metric([], float(self._is_caught_up()))
        yield caught_up


def _known_code(code: int | None) -> str:
    """The registered codes and ours; the rest is `other`, so that a peer cannot make labels."""
    if code is None:
        return "none"
    return str(code) if 1000 <= code <= 1015 or 4000 <= code <= 4006 else "other"
