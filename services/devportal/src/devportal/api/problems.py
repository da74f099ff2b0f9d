"""How an operation declares its errors in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from telemetry.problem import PROBLEM_JSON

_MEANINGS: Final = {
    400: "The request is malformed or breaks a rule; `errors` points at what is wrong.",
    401: "No access token where one is needed, or one that does not count.",
    403: "The token's scopes do not allow it, or the thing is in a state that forbids it.",
    404: "There is no such thing, or the caller may not know of it.",
    409: "It collides with what is there.",
    413: "The body is too large.",
    503: "The key manager cannot be reached; a repeat is harmless.",
}


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    pointer: str
    detail: str


class ProblemBody(BaseModel):
    """RFC 9457, with WSO2's `code`, `message`, `description`."""

    type: str
    title: str
    status: int
    detail: str
    code: int
    message: str
    description: str
    errors: list[FieldProblem] = []


# The shape is FastAPI's, hence Any.
Responses = dict[int | str, dict[str, Any]]


def public_problems(*statuses: int) -> Responses:
    """For `responses=` of an operation that everybody may use: 400 and 401 belong to each."""
    schema = {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}
    return {
        status: {"model": ProblemBody, "description": _MEANINGS[status], "content": {PROBLEM_JSON: {"schema": schema}}}
        for status in sorted({400, 401, *statuses})
    }


def problems(*statuses: int) -> Responses:
    """For an operation that needs a scope: 403 belongs to each."""
    return public_problems(403, *statuses)
