"""The key manager's HTTP application."""

from __future__ import annotations

from fastapi import FastAPI

from hosting.rest_app import RestDescription, create_rest_app
from keymanager import __version__
from keymanager.api import ROUTERS
from keymanager.api.error_responses import install_protocol_errors
from keymanager.api.statuses import status_of
from keymanager.bootstrap import Keymanager
from telemetry.metrics import create_registry

_DESCRIPTION = """Users and roles, OAuth 2 clients and their access tokens.

Scripts register a client with a user's name and password, then take tokens with the scopes that the user's roles give.
Users are provisioned by SCIM 2.0. `/oauth2/*` answers errors as RFC 6749 says, `/scim2/*` as RFC 7644 says."""

_TAGS = (
    {"name": "OAuth", "description": "Tokens: issue, revoke, introspect; keys and discovery."},
    {"name": "Clients", "description": "Register a client for the REST APIs."},
    {"name": "Users", "description": "Users by SCIM 2.0 (RFC 7643, RFC 7644)."},
    {"name": "Consumer keys", "description": "For the devportal: clients and tokens of applications."},
    {"name": "Test keys", "description": "For the publisher: keys with which people try an API."},
)


def create_app(keymanager: Keymanager) -> FastAPI:
    """The application for given parts; `keymanager` is found again as `request.app.state.keymanager`."""
    about = RestDescription("keymanager", "Sluice Key Manager", _DESCRIPTION, __version__, _TAGS)
    app = create_rest_app(
        about,
        routers=ROUTERS,
        verifier=keymanager.verifier,
        status_of=status_of,
        checks=keymanager.checks,
        registry=create_registry(service="keymanager", release=__version__),
    )
    install_protocol_errors(app)
    app.state.keymanager = keymanager
    return app
