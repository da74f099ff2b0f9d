"""A FastAPI application as every service has it: problem+json, body limit, health, metrics, offline docs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from hosting.bearer import InvalidCredentials, MissingCredentials, MissingScope, Verifier
from hosting.body_limit import BodyLimit
from hosting.docs_page import install_docs_page
from hosting.problems import declare_problem_schema
from telemetry.error_responses import install_error_responses
from telemetry.health import Check, install_health_routes
from telemetry.metrics import measure_requests
from telemetry.problem import Problem, SluiceError, Unavailable

_WWW_AUTHENTICATE = {"WWW-Authenticate": 'Bearer realm="sluice"'}


@dataclass(frozen=True, slots=True)
class RestDescription:
    """What an application says of itself in its OpenAPI document."""

    service: str
    title: str
    description: str
    release: str
    tags: Sequence[Mapping[str, str]] = field(default_factory=tuple)


def create_rest_app(
    about: RestDescription,
    *,
    routers: Sequence[APIRouter],
    verifier: Verifier,
    status_of: Callable[[SluiceError], int],
    checks: Mapping[str, Check],
    registry: CollectorRegistry,
    before_metrics: Callable[[], Awaitable[None]] | None = None,
) -> FastAPI:
    """`status_of` gives the HTTP status of the service's own errors; those of authentication and of what is away are
    known here. `before_metrics` is awaited at each scrape.
    """
    app = FastAPI(
        title=about.title,
        description=about.description,
        version=about.release,
        openapi_tags=[dict(tag) for tag in about.tags],
        contact={"name": "The Sluice maintainers"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "This service"}],
        docs_url=None,
        redoc_url=None,
    )
    app.state.verifier = verifier
    install_error_responses(app, status_of=lambda error: _problem(error, status_of))
    for router in routers:
        # Not `include_router`: it would build every route a second time, at the first request.
        app.router.routes.extend(router.routes)
    install_health_routes(
        app,
        service=about.service,
        release=about.release,
        checks=checks,
        registry=registry,
        before_metrics=before_metrics,
    )
    install_docs_page(app)
    declare_problem_schema(app)
    measure_requests(app, registry)
    app.add_middleware(BodyLimit)
    return app


def _problem(error: SluiceError, status_of: Callable[[SluiceError], int]) -> Problem:
    headers: Mapping[str, str] = {}
    if isinstance(error, MissingScope):
        status = 403
    elif isinstance(error, MissingCredentials | InvalidCredentials):
        status, headers = 401, _WWW_AUTHENTICATE
    elif isinstance(error, Unavailable):
        status, headers = 503, {"Retry-After": str(error.retry_after)}
    else:
        status = status_of(error)
    return Problem(status, error.code, error.message, error.description, error.errors, headers)
