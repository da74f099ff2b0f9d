"""`/livez`, `/readyz`, `/healthz` and `/metrics`: for the launcher, Kubernetes and Prometheus; no ingress routes
them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

Check = Callable[[], Awaitable[str | None]]
"""Returns None when fine, else in a few words why the service is not ready. No secrets."""


def install_health_routes(
    app: FastAPI,
    *,
    service: str,
    release: str,
    checks: Mapping[str, Check],
    registry: CollectorRegistry,
    before_metrics: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Adds the routes; `/readyz` is 200 when every check is fine, else 503 and says which is not. `before_metrics` is
    awaited at each scrape, for what has to be looked up.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive", "service": service, "version": release}

    @router.get("/readyz")
    @router.get("/healthz")
    async def readyz() -> JSONResponse:
        results = {name: await check() for name, check in checks.items()}
        is_ready = all(reason is None for reason in results.values())
        body = {
            "status": "ready" if is_ready else "not ready",
            "service": service,
            "version": release,
            "checks": {name: reason or "ok" for name, reason in results.items()},
        }
        return JSONResponse(body, status_code=200 if is_ready else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        if before_metrics is not None:
            await before_metrics()
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    app.include_router(router)
