"""The gateway's admin application. The data plane is not part of it: it has listeners of its own."""

from __future__ import annotations

from fastapi import FastAPI

from gateway import __version__
from gateway.admin import drain, errors, routes, sessions
from gateway.running import Gateway
from hosting.rest_app import RestDescription, create_rest_app
from telemetry.problem import SluiceError

_DESCRIPTION = "What one gateway serves right now. An admin's access token is needed; health and metrics are open."

_TAGS = ({"name": "Gateway", "description": "Routes and sessions of this gateway."},)


def create_app(gateway: Gateway) -> FastAPI:
    """The application for given parts; `gateway` is found again as `request.app.state.gateway`."""
    app = create_rest_app(
        RestDescription("gateway", "Sluice Gateway: admin", _DESCRIPTION, __version__, _TAGS),
        routers=[routes.router, sessions.router, drain.router],
        verifier=gateway.verifier,
        status_of=_status_of,
        checks=gateway.checks,
        registry=gateway.accounts.registry,
        before_metrics=gateway.refresh_metrics,
    )
    app.state.gateway = gateway
    return app


def _status_of(error: SluiceError) -> int:
    return errors.STATUSES.get(type(error), 500)
