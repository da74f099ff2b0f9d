"""How operations declare their errors in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from telemetry.problem import PROBLEM_JSON

_MEANINGS: Final = {
    400: "The request is malformed or breaks a rule; `errors` points at what is wrong.",
    401: "No access token, or one that does not count.",
    403: "The token's scopes do not allow it, or the thing is in a state that forbids it.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "It collides with what is there.",
    412: "`If-Match` names another state than the present one.",
    413: "The body is too large.",
}

_TEXT: Final = {"type": "string"}
_FIELD_ERROR: Final = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {"pointer": {**_TEXT, "description": "JSON pointer (RFC 6901), or `query/name`."}, "detail": _TEXT},
}
_SCHEMA: Final = {
    "type": "object",
    "description": "RFC 9457, with WSO2's `code`, `message`, `description`.",
    "required": ["type", "title", "status", "detail", "code", "message", "description"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": {"type": "integer", "description": "Stable; WSO2's where it has one."},
        "message": _TEXT,
        "description": _TEXT,
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
}


# The shapes here and below are FastAPI's and OpenAPI's JSON, hence Any.
def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of an operation. 400, 401 and 403 belong to every one.

    The default keeps FastAPI from declaring a 422, which is never answered.
    """
    declared: dict[int | str, str] = {status: _MEANINGS[status] for status in sorted({400, 401, 403, *statuses})}
    declared["default"] = "Any other error."
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": meaning, "content": content} for status, meaning in declared.items()}


def declare_problem_schema(app: FastAPI) -> None:
    """Adds the schema that `problems` refers to."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        document["components"]["schemas"]["Problem"] = _SCHEMA
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document
