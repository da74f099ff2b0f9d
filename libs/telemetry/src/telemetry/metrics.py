"""The metrics every service has: its release, what its process uses, and how its REST operations do."""

from __future__ import annotations

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, disable_created_metrics
from prometheus_fastapi_instrumentator import Instrumentator


def create_registry(*, service: str, release: str) -> CollectorRegistry:
    """A registry of its own for each service, so that building two in one process does not clash."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types here
    registry = CollectorRegistry()
    build = Gauge("sluice_build_info", "The running release", ["service", "version"], registry=registry)
    build.labels(service, release).set(1)
    ProcessCollector(registry=registry)
    return registry


def measure_requests(app: FastAPI, registry: CollectorRegistry) -> None:
    """Counts and times REST operations by route template; health routes are left out."""
    Instrumentator(
        excluded_handlers=["/livez", "/readyz", "/healthz", "/metrics"],
        should_group_status_codes=False,
        registry=registry,
    ).instrument(app)
