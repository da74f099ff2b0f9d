"""Who calls a REST operation, and whether the token's scopes allow it. Declared on the operation, never by hand
inside it.

No token where one is needed, or a bad one anywhere: 401. A good token without any of the wanted scopes: 403 (WSO2:
401).
"""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from telemetry.problem import SluiceError
from tokens import InvalidToken, Principal


class MissingCredentials(SluiceError):
    code = 900902
    message = "Missing Credentials"


class InvalidCredentials(SluiceError):
    code = 900901
    message = "Invalid Credentials"


class MissingScope(SluiceError):
    code = 900910
    message = "The access token does not allow you to access the requested resource"


class Verifier(Protocol):
    """Verifies an access token for REST (`aud` `sluice-rest`)."""

    def verify(self, token: str) -> Principal:
        """Raises `InvalidToken`."""
        ...


_bearer = HTTPBearer(auto_error=False, description="An access token with `apim:*` scopes from the key manager.")

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _principal(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Principal | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    if credentials is None:
        raise InvalidCredentials("The Authorization header is not of the form 'Bearer <token>'.")
    verifier: Verifier = request.app.state.verifier
    try:
        return verifier.verify(credentials.credentials)
    except InvalidToken as error:
        raise InvalidCredentials(f"The access token is not valid: {error}") from error


async def anonymous_or_caller(request: Request, credentials: Credentials) -> Principal | None:
    """For operations that everybody may read: None without a token; a bad token is still 401."""
    return _principal(request, credentials)


async def caller_with_scope(request: Request, scopes: SecurityScopes, credentials: Credentials) -> Principal:
    """For `Security(caller_with_scope, scopes=[…])`: any one of the scopes is enough."""
    principal = _principal(request, credentials)
    if principal is None:
        raise MissingCredentials("Send an access token: 'Authorization: Bearer <token>'.")
    if scopes.scopes and not principal.scopes.intersection(scopes.scopes):
        raise MissingScope(f"One of these scopes is needed: {' '.join(scopes.scopes)}.")
    return principal
