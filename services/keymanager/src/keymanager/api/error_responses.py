"""Which HTTP answer each of the key manager's errors is, in the form that its path speaks.

`/oauth2/*` answers as RFC 6749 5.2 says, `/scim2/*` as RFC 7644 3.12 says, everything else as problem+json.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from keymanager.api.oauth_errors import oauth_error
from keymanager.api.scim_errors import scim_error
from keymanager.api.statuses import headers_of
from telemetry.problem import SluiceError

# Starlette lets each handler take the one kind of error that it is for, hence Any.
_ErrorHandler = Callable[[Request, Any], Response | Awaitable[Response]]


def install_protocol_errors(app: FastAPI) -> None:
    """Puts the two protocols' own forms before what every service answers."""
    for kind in (SluiceError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _by_path(app.exception_handlers[kind]))


def _by_path(otherwise: _ErrorHandler) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        if request.url.path.startswith("/oauth2/"):
            return oauth_error(error)
        if request.url.path.startswith("/scim2/"):
            return scim_error(error)
        answered = otherwise(request, error)
        response = answered if isinstance(answered, Response) else await answered
        response.headers.update(headers_of(error))
        return response

    return answer
