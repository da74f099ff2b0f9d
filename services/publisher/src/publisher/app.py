"""The publisher's HTTP application."""

from __future__ import annotations

from fastapi import FastAPI

from hosting.rest_app import RestDescription, create_rest_app
from publisher import __version__
from publisher.api import ROUTERS
from publisher.api.error_responses import status_of
from publisher.bootstrap import Publisher
from telemetry.metrics import create_registry

_DESCRIPTION = """Design WebSocket APIs, take them through their life cycle, deploy them to gateways and control who is
subscribed.

The paths and fields are those of WSO2 API Manager 4.x for APIs of type `WS`; `docs/wso2-compatibility.md` lists the
differences."""

_TAGS = (
    {"name": "APIs", "description": "Create, read, change and delete APIs."},
    {"name": "Revisions", "description": "Freeze an API as a revision and deploy it to gateway environments."},
    {"name": "Life cycle", "description": "Publish, block, deprecate and retire."},
    {"name": "Throttling policies", "description": "The plans with which APIs are sold."},
    {"name": "Throttling policies (admin)", "description": "Make plans, change and remove them."},
    {"name": "Deny policies", "description": "Who and what gateways refuse."},
    {"name": "Subscriptions", "description": "Who is subscribed; block and unblock."},
    {
        "name": "Sessions",
        "description": "What is open on the gateways right now; end it, and keep it from coming back.",
    },
)


def create_app(publisher: Publisher) -> FastAPI:
    """The application for given parts; `publisher` is found again as `request.app.state.publisher`."""
    about = RestDescription("publisher", "Sluice Publisher", _DESCRIPTION, __version__, _TAGS)
    app = create_rest_app(
        about,
        routers=ROUTERS,
        verifier=publisher.verifier,
        status_of=status_of,
        checks=publisher.checks,
        registry=create_registry(service="publisher", release=__version__),
    )
    app.state.publisher = publisher
    return app
