"""A thin client for the platform's REST APIs: an answer that is not expected becomes one plain sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx

from sluice.errors import DemoFailed

_FINE = frozenset({200, 201, 202, 204})

Json: TypeAlias = "dict[str, JsonValue]"
JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | Json | None"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose status was expected."""

    status: int
    body: Json

    def text(self, name: str) -> str:
        """A member that is a string. Raises `DemoFailed` where it is not."""
        return text_of(self.body, name)

    def rows(self, name: str) -> list[Json]:
        """A member that is a list of objects; absent counts as empty."""
        value = self.body.get(name)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class RestClient:
    """Calls one service as somebody, with a bearer token or with Basic credentials."""

    http: httpx.Client
    url: str
    bearer: str | None = field(default=None, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)

    def get(self, path: str, *, query: Mapping[str, str] | None = None, also: Collection[int] = ()) -> Answer:
        """`also` names the statuses that the caller deals with, besides those of success."""
        return self._call("GET", path, query=query, also=also)

    def post(
        self,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        also: Collection[int] = (),
    ) -> Answer:
        """Sends JSON, a form, or nothing."""
        return self._call("POST", path, json=json, form=form, query=query, also=also)

    def patch(self, path: str, *, json: Mapping[str, object]) -> Answer:
        """Sends JSON."""
        return self._call("PATCH", path, json=json)

    def _call(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        also: Collection[int] = (),
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        auth = httpx.BasicAuth(*self.basic) if self.basic else None
        try:
            response = self.http.request(
                method, f"{self.url}{path}", json=json, data=form, params=query, headers=headers, auth=auth
            )
        except httpx.HTTPError as error:
            raise DemoFailed(f"{method} {self.url}{path}: {error or type(error).__name__}.") from error
        body = _object_in(response)
        if response.status_code not in _FINE and response.status_code not in also:
            raise DemoFailed(f"{method} {self.url}{path} answered {response.status_code}: {_reason(body)}")
        return Answer(response.status_code, body)


def text_of(row: Json, name: str) -> str:
    """A member that is a string. Raises `DemoFailed` where it is not."""
    value = row.get(name)
    if not isinstance(value, str):
        raise DemoFailed(f"An answer has no '{name}'.")
    return value


def _object_in(response: httpx.Response) -> Json:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(body: Json) -> str:
    reasons = (body.get(name) for name in ("detail", "description", "error_description", "message", "error"))
    return next((reason for reason in reasons if isinstance(reason, str) and reason), "without a reason")
