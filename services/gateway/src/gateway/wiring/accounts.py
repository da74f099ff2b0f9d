"""The accounts that a gateway keeps of its work: metrics, access log, traces, reports on the bus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from prometheus_client import CollectorRegistry

from eventbus.bus import EventBus
from gateway import __version__
from gateway.access_log.logging import AccessLogging
from gateway.feed.feed import Feed
from gateway.handshake.admission import HandshakeObserver
from gateway.metrics.data_plane import DataPlaneMetrics, measure_data_plane
from gateway.reporting.reporter import Reporter, new_reporter
from gateway.session.registry import SessionObserver, SessionRegistry
from gateway.settings import Settings
from gateway.tracing.opening import tracing_of
from gateway.tracing.span_tracing import SpanTracing
from telemetry.metrics import create_registry


@dataclass(frozen=True, slots=True)
class Accounts:
    """Whoever is told of what happens. `tracing` is None where no endpoint for traces is set."""

    registry: CollectorRegistry
    metrics: DataPlaneMetrics
    access_log: AccessLogging
    reporter: Reporter
    tracing: SpanTracing | None

    @property
    def of_sessions(self) -> tuple[SessionObserver, ...]:
        """To be told of each session."""
        return (self.metrics.sessions, *self.reporter.observers, *self.access_log.observers, *self._spans)

    @property
    def of_handshakes(self) -> tuple[HandshakeObserver, ...]:
        """To be told of each handshake."""
        return (self.metrics.handshakes, *self.access_log.observers, *self._spans)

    def background(self, sessions: SessionRegistry) -> tuple[Callable[[], Awaitable[None]], ...]:
        """The tasks that keep them."""
        reporting = (self.metrics.loop_lag.run, partial(self.reporter.run, sessions))
        return (*reporting, *self.access_log.tasks(sessions), *(spans.run for spans in self._spans))

    @property
    def _spans(self) -> tuple[SpanTracing, ...]:
        return () if self.tracing is None else (self.tracing,)


def keep_accounts(settings: Settings, *, bus: EventBus, feed: Feed, instance_id: str, log_stream: TextIO) -> Accounts:
    """Raises UnusableSettings for traces that cannot be told."""
    registry = create_registry(service="gateway", release=__version__)
    return Accounts(
        registry=registry,
        metrics=measure_data_plane(registry, feed=feed),
        access_log=AccessLogging(settings, stream=log_stream, table=lambda: feed.table),
        reporter=new_reporter(bus, instance_id=instance_id, environment=settings.environment),
        tracing=tracing_of(settings, table=lambda: feed.table),
    )
