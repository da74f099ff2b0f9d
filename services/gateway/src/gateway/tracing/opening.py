"""Tracing as the settings want it, which usually is none."""

from __future__ import annotations

from collections.abc import Callable

from gateway import __version__
from gateway.routing.route_table import RouteTable
from gateway.settings import Settings
from gateway.tracing.span_tracing import SpanTracing
from hosting.settings import UnusableSettings
from telemetry.tracing import TracingUnavailable, open_tracing


def tracing_of(settings: Settings, *, table: Callable[[], RouteTable]) -> SpanTracing | None:
    """None without an endpoint. Raises `UnusableSettings` where the SDK is missing."""
    if not settings.otlp_endpoint:
        return None
    try:
        provider = open_tracing(service="gateway", release=__version__, endpoint=settings.otlp_endpoint)
    except TracingUnavailable as error:
        raise UnusableSettings(f"OTEL_EXPORTER_OTLP_ENDPOINT needs more than is installed: {error}") from error
    return SpanTracing(provider, table=table)
