"""The HTTP status and headers of each of the key manager's errors, whatever form its body has."""

from __future__ import annotations

from collections.abc import Mapping

from hosting.bearer import InvalidCredentials, MissingCredentials
from keymanager.errors import (
    Conflict,
    Forbidden,
    InvalidClient,
    InvalidInput,
    NotFound,
    NotReady,
    OAuthError,
    TooManyAttempts,
    WrongCredentials,
)
from telemetry.problem import SluiceError, Unavailable

_STATUSES: tuple[tuple[type[SluiceError], int], ...] = (
    (InvalidClient, 401),
    (OAuthError, 400),
    (InvalidInput, 400),
    (WrongCredentials, 401),
    (MissingCredentials, 401),
    (InvalidCredentials, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooManyAttempts, 429),
    (NotReady, 503),
    (Unavailable, 503),
)

_BASIC = {"WWW-Authenticate": 'Basic realm="sluice", charset="UTF-8"'}


def status_of(error: SluiceError) -> int:
    """500 for an error that nobody mapped: a bug."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def headers_of(error: Exception) -> Mapping[str, str]:
    """A 401 says how to authenticate (RFC 9110 11.6.1), a 429 or 503 when to come back (10.2.3)."""
    if isinstance(error, InvalidClient | WrongCredentials | MissingCredentials):
        return _BASIC
    if isinstance(error, InvalidCredentials):
        return {"WWW-Authenticate": 'Bearer realm="sluice", error="invalid_token"'}
    if isinstance(error, TooManyAttempts | Unavailable):
        return {"Retry-After": str(error.retry_after)}
    return {}
