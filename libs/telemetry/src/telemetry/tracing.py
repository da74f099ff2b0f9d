"""Spans to an OpenTelemetry collector over OTLP/HTTP. Optional: needs the extra `sluice-telemetry[otlp]`, and nothing
of it is imported where no endpoint is set.

Spans are sent in batches by a thread of the SDK; where the collector is slow or away they are dropped, never waited
for. What else is set (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, …) the SDK reads by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class TracingUnavailable(Exception):
    """The OpenTelemetry SDK is not installed."""


def open_tracing(*, service: str, release: str, endpoint: str) -> TracerProvider:
    """For the caller to shut down, which sends what is left. Raises `TracingUnavailable`."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingUnavailable("pip install 'sluice-telemetry[otlp]'") from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"sluice-{service}", "service.version": release}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
