"""Errors as people and scripts see them: RFC 9457 problem+json that also carries WSO2's code, message, description.

`SluiceError` is the root of every service's error tree. It knows nothing of HTTP: the service maps it to a status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: `pointer` is a JSON pointer (RFC 6901) into the body, or `query/name`."""

    pointer: str
    detail: str


class SluiceError(Exception):
    """Something a caller can be told. Subclasses set `code` (stable; WSO2's where it has one) and `message`.

    `description` says what is wrong with this very request and what to do; `errors` point at fields.
    """

    code: ClassVar[int] = 900900
    message: ClassVar[str] = "Unclassified error"
    retriable: ClassVar[bool] = False

    def __init__(self, description: str = "", *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(description or self.message)
        self.description = description or self.message
        self.errors = tuple(errors)


class Unavailable(SluiceError):
    """Something that the service cannot do without is away. The same request is worth repeating after `retry_after`
    seconds.
    """

    code = 503
    message = "Service Unavailable"
    retriable = True
    retry_after: ClassVar[int] = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One error response, independent of the web framework."""

    status: int
    code: int
    message: str
    description: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    # The values are JSON of the shapes RFC 9457 and WSO2 fix, hence Any.
    def body(self) -> dict[str, Any]:
        """The JSON members: `type title status detail` (RFC 9457) and `code message description` (WSO2)."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.message,
            "status": self.status,
            "detail": self.description,
            "code": self.code,
            "message": self.message,
            "description": self.description,
            "moreInfo": "",
            "error": [{"code": str(self.code), "message": e.detail, "description": e.pointer} for e in self.errors],
        }
        if self.errors:
            body["errors"] = [{"pointer": e.pointer, "detail": e.detail} for e in self.errors]
        return body
