"""Errors of the SCIM endpoints, in the form of RFC 7644 3.12."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from keymanager.api.statuses import headers_of, status_of
from keymanager.errors import ImmutableAttribute, InvalidFilter, InvalidInput, InvalidPath, UserNameTaken
from telemetry.problem import SluiceError

SCIM_JSON = "application/scim+json"
_ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"

_TYPES: tuple[tuple[type[Exception], str], ...] = (
    (UserNameTaken, "uniqueness"),
    (InvalidFilter, "invalidFilter"),
    (InvalidPath, "invalidPath"),
    (ImmutableAttribute, "mutability"),
    (InvalidInput, "invalidValue"),
)


def scim_error(error: Exception) -> JSONResponse:
    """The answer to an error of a SCIM endpoint."""
    status = _status(error)
    body = {"schemas": [_ERROR_SCHEMA], "status": str(status), "detail": _detail(error)}
    if scim_type := _scim_type(error):
        body["scimType"] = scim_type
    headers = dict(headers_of(error))
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    return JSONResponse(body, status_code=status, headers=headers, media_type=SCIM_JSON)


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    return status_of(error) if isinstance(error, SluiceError) else 400


def _scim_type(error: Exception) -> str | None:
    if isinstance(error, RequestValidationError):
        kinds = {str(problem["type"]) for problem in error.errors()}
        return (
            "invalidSyntax" if kinds & {"json_invalid", "extra_forbidden", "model_attributes_type"} else "invalidValue"
        )
    return next((scim_type for kind, scim_type in _TYPES if isinstance(error, kind)), None)


def _detail(error: Exception) -> str:
    if isinstance(error, RequestValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc'][1:])) or 'body'}: {e['msg']}" for e in error.errors()[:5])
    if isinstance(error, HTTPException):
        return str(error.detail)
    return error.description if isinstance(error, SluiceError) else str(error)
