"""How an operation declares its errors in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from telemetry.problem import PROBLEM_JSON

_MEANINGS: Final = {
    400: "The request is malformed or breaks a rule; `errors` points at what is wrong.",
    401: "No access token where one is needed, or one that does not count.",
    403: "The token's scopes do not allow it, or the thing is in a state that forbids it.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "It collides with what is there.",
    412: "`If-Match` names another state than the present one.",
    413: "The body is too large.",
    503: "A service that is needed cannot be reached; a repeat is harmless.",
}


_SCHEMA_NAME: Final = "Problem"


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457, with WSO2's `code`, `message`, `description`."""

    type: str
    title: str
    status: int
    detail: str
    code: int
    message: str
    description: str
    errors: list[FieldProblem] = []


# The shapes here and below are FastAPI's and OpenAPI's JSON, hence Any.
Responses = dict[int | str, dict[str, Any]]


def public_problems(*statuses: int) -> Responses:
    """For `responses=` of an operation that everybody may use: 400 and 401 belong to each.

    With a default declared, FastAPI does not add its 422, which is never answered.
    """
    content = {PROBLEM_JSON: {"schema": {"$ref": f"#/components/schemas/{_SCHEMA_NAME}"}}}
    meanings: dict[int | str, str] = {status: _MEANINGS[status] for status in sorted({400, 401, *statuses})}
    meanings["default"] = "Any other error."
    return {status: {"description": meaning, "content": content} for status, meaning in meanings.items()}


def problems(*statuses: int) -> Responses:
    """For an operation that needs a scope: 403 belongs to each."""
    return public_problems(403, *statuses)


def declare_problem_schema(app: FastAPI) -> None:
    """Adds to the application's OpenAPI document the schema that the operations' errors refer to."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas |= {**schema.pop("$defs"), _SCHEMA_NAME: schema}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document
