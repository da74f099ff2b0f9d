"""All metrics of one gateway, put together."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from gateway.feed.feed import Feed
from gateway.metrics.api_labels import ApiLabels
from gateway.metrics.backends import BackendMetrics
from gateway.metrics.handshakes import HandshakeMetrics
from gateway.metrics.loop_lag import LoopLag
from gateway.metrics.sessions import SessionMetrics
from gateway.metrics.throttling import ThrottlingMetrics


@dataclass(frozen=True, slots=True)
class DataPlaneMetrics:
    """The observers that the other rooms tell."""

    handshakes: HandshakeMetrics
    backends: BackendMetrics
    sessions: SessionMetrics
    throttling: ThrottlingMetrics
    loop_lag: LoopLag


def measure_data_plane(registry: CollectorRegistry, *, feed: Feed) -> DataPlaneMetrics:
    """Registers all but what is read at the scrape (`StateMetrics`)."""
    labels = ApiLabels(lambda: feed.table)
    return DataPlaneMetrics(
        handshakes=HandshakeMetrics(registry, labels=labels),
        backends=BackendMetrics(registry, labels=labels),
        sessions=SessionMetrics(registry, labels=labels),
        throttling=ThrottlingMetrics(registry, labels=labels),
        loop_lag=LoopLag(registry),
    )
