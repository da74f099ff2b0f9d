"""Errors of the OAuth endpoints, in the form of RFC 6749 5.2."""

from __future__ import annotations

import re

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from keymanager.api.statuses import headers_of, status_of
from keymanager.errors import InvalidRequest, NotReady, OAuthError, TooManyAttempts
from telemetry.problem import SluiceError, Unavailable

# RFC 6749 5.1: tokens and what belongs to them are never kept by a cache.
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

# What may be gone when the client comes back.
_PASSING = (TooManyAttempts, NotReady, Unavailable)

# RFC 6749 5.2 allows no quotes, no backslash and nothing but ASCII in a description.
_NOT_ALLOWED = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


def oauth_error(error: Exception) -> JSONResponse:
    """The answer to an error of an OAuth endpoint."""
    code, status, text = _code(error), _status(error), _text(error)
    headers = {**NO_STORE, **headers_of(error)}
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    return JSONResponse(
        {"error": code, "error_description": _NOT_ALLOWED.sub("", text)}, status_code=status, headers=headers
    )


def _code(error: Exception) -> str:
    if isinstance(error, OAuthError):
        return error.error
    return "temporarily_unavailable" if isinstance(error, _PASSING) else InvalidRequest.error


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    return status_of(error) if isinstance(error, SluiceError) else 400


def _text(error: Exception) -> str:
    if isinstance(error, HTTPException):
        return str(error.detail)
    return error.description if isinstance(error, SluiceError) else "The request is malformed."
