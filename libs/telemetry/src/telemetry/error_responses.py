"""Turns errors into problem+json responses of a FastAPI application.

Malformed input is 400 with a pointer to the field, never 422. What nobody expected is a 500 without its text,
logged with its traceback.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from telemetry.problem import PROBLEM_JSON, FieldError, Problem, SluiceError

_log = structlog.get_logger(__name__)

_HTTP_MESSAGES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    413: "Content Too Large",
    415: "Unsupported Media Type",
}


def problem_response(problem: Problem) -> JSONResponse:
    """The problem over HTTP."""
    return JSONResponse(
        problem.body(), status_code=problem.status, headers=dict(problem.headers), media_type=PROBLEM_JSON
    )


def install_error_responses(app: FastAPI, *, status_of: Callable[[SluiceError], Problem]) -> None:
    """Every error of the application becomes problem+json; `status_of` maps the service's own tree."""

    async def on_service_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, SluiceError)
        return problem_response(status_of(error))

    app.add_exception_handler(SluiceError, on_service_error)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # An unreadable JSON body is reported at an offset; there is no field to point at.
    errors = tuple(
        _field_error(("body",) if e["type"] == "json_invalid" else e["loc"], e["msg"]) for e in error.errors()
    )
    description = "; ".join(f"{e.pointer or 'body'}: {e.detail}" for e in errors[:5])
    return problem_response(Problem(400, 900702, "Request body or parameters are not valid", description, errors))


def _field_error(location: tuple[int | str, ...], message: str) -> FieldError:
    place, *path = location
    if place == "body":
        pointer = "/" + "/".join(str(p).replace("~", "~0").replace("/", "~1") for p in path)
        return FieldError(pointer.rstrip("/"), message)
    return FieldError("/".join(map(str, location)), message)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    message = _HTTP_MESSAGES.get(error.status_code, "HTTP error")
    detail = str(error.detail) if error.detail else message
    return problem_response(Problem(error.status_code, error.status_code, message, detail, headers=error.headers or {}))


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    _log.error("unexpected error", path=request.url.path, method=request.method, exc_info=error)
    return problem_response(
        Problem(500, 900900, "Internal Server Error", "The service met an unexpected error; its log says which.")
    )
