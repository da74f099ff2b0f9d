"""The devportal's HTTP application."""

from __future__ import annotations

from fastapi import FastAPI

from devportal import __version__
from devportal.api import ROUTERS
from devportal.api.error_responses import status_of
from devportal.bootstrap import Devportal
from hosting.rest_app import RestDescription, create_rest_app
from telemetry.metrics import create_registry

_DESCRIPTION = """Find WebSocket APIs, subscribe applications to them, get keys and tokens.

The paths and fields are those of WSO2 API Manager 4.x for APIs of type `WS`;
`docs/wso2-compatibility.md` lists the differences."""

_TAGS = (
    {"name": "APIs", "description": "The catalogue; anonymous, or with a token to see what is restricted to roles."},
    {"name": "Throttling policies", "description": "The plans to choose from."},
    {"name": "Applications", "description": "Whose keys subscribe to APIs."},
    {"name": "Application keys", "description": "Consumer keys, secrets and access tokens."},
    {"name": "Subscriptions", "description": "An application's right to an API."},
    {"name": "Sessions", "description": "What one's applications have open on the gateways right now."},
)


def create_app(devportal: Devportal) -> FastAPI:
    """The application for given parts; `devportal` is found again as `request.app.state.devportal`."""
    about = RestDescription("devportal", "Sluice Developer Portal", _DESCRIPTION, __version__, _TAGS)
    app = create_rest_app(
        about,
        routers=ROUTERS,
        verifier=devportal.verifier,
        status_of=status_of,
        checks=devportal.checks,
        registry=create_registry(service="devportal", release=__version__),
    )
    app.state.devportal = devportal
    return app
