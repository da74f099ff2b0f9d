"""Reads the Authorization header: Basic (RFC 7617) or Bearer (RFC 6750), never both and never twice."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.http import HTTPBase
from starlette.requests import HTTPConnection

from keymanager.errors import InvalidRequest, WrongCredentials

# Only HTTP header fields of a reasonable size come here; the server's own limit is larger.
_MAX_CHARACTERS = 8_000


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """A name and a password, or a client's id and secret."""

    name: str
    password: str


class DeclaredScheme(HTTPBase):
    """Tells the OpenAPI document of a scheme; the header is read by `authorization`, which answers in our forms."""

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        return None


def authorization(request: Request) -> tuple[str, str] | None:
    """Scheme (lower case) and credentials. Raises `InvalidRequest` where the header is there twice."""
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise InvalidRequest("The Authorization header is there more than once.")
    if not headers:
        return None
    scheme, _, credentials = headers[0].strip().partition(" ")
    return scheme.lower(), credentials.strip()


def read_basic(credentials: str) -> BasicCredentials:
    """RFC 7617 2: base64 of name, colon, password, in UTF-8. Raises `WrongCredentials`."""
    try:
        if len(credentials) > _MAX_CHARACTERS:
            raise ValueError("too long")
        name, colon, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise WrongCredentials("The Authorization header is not Basic as RFC 7617 has it.") from error
    if not colon or not name or "\0" in name:
        raise WrongCredentials("The Authorization header is not Basic as RFC 7617 has it.")
    return BasicCredentials(name, password)


def source_of(request: Request) -> str:
    """Where a request comes from, for the brake on guessing."""
    return request.client.host if request.client else "unknown"
