"""Every error is problem+json with WSO2's members, points at what is wrong, and never shows what nobody expected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from telemetry.error_responses import install_error_responses
from telemetry.problem import FieldError, Problem, SluiceError


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    parts: list[Part] = []
    odd: int = Field(default=0, alias="a/b~c")


class SoldOut(SluiceError):
    code = 900999
    message = "Sold out"


def create_app() -> FastAPI:
    app = FastAPI()
    install_error_responses(
        app, status_of=lambda error: Problem(409, error.code, error.message, error.description, error.errors)
    )

    @app.post("/things")
    async def post(thing: Thing, limit: Annotated[int, Query(ge=1)] = 1) -> int:
        return limit

    @app.get("/sold-out")
    async def sold_out() -> None:
        raise SoldOut("Come back tomorrow.", errors=[FieldError("/name", "is sold")])

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout", headers={"Retry-After": "5"})

    @app.get("/bug")
    async def bug() -> None:
        raise RuntimeError("password=hunter2")

    return app


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    # The framework raises unexpected errors again behind its answer, for the server to see.
    transport = httpx2.ASGITransport(app=create_app(), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://app.test") as client:
        yield client


def test_problem_carries_both_forms() -> None:
    body = Problem(409, 900999, "Sold out", "Come back.", (FieldError("/name", "is sold"),)).body()

    assert body == {
        "type": "about:blank",
        "title": "Sold out",
        "status": 409,
        "detail": "Come back.",
        "code": 900999,
        "message": "Sold out",
        "description": "Come back.",
        "moreInfo": "",
        "error": [{"code": "900999", "message": "is sold", "description": "/name"}],
        "errors": [{"pointer": "/name", "detail": "is sold"}],
    }


def test_problem_without_fields_has_no_errors() -> None:
    body = Problem(404, 404, "Not Found", "It is not there.").body()

    assert "errors" not in body
    assert body["error"] == []


def test_error_without_a_description_has_its_message() -> None:
    assert SoldOut().description == "Sold out"
    assert str(SoldOut("Come back.")) == "Come back."


async def test_error_of_the_service_is_what_the_service_says(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/sold-out")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [{"pointer": "/name", "detail": "is sold"}]


@pytest.mark.parametrize(
    ("query", "body", "pointers"),
    [
        ("", {}, {"/name"}),
        ("", {"name": 1}, {"/name"}),
        ("", {"name": "x", "parts": [{"size": 1}, {"size": "big"}]}, {"/parts/1/size"}),
        ("", {"name": "x", "more": 1}, {"/more"}),
        ("", {"name": "x", "a/b~c": "odd"}, {"/a~1b~0c"}),
        ("", [], {""}),
        ("", None, {""}),
        ("?limit=0", {"name": "x"}, {"query/limit"}),
        ("?limit=x", {}, {"query/limit", "/name"}),
    ],
)
async def test_malformed_input_is_400_and_pointed_at(
    http: httpx2.AsyncClient, query: str, body: Any, pointers: set[str]
) -> None:
    answer = await http.post(f"/things{query}", json=body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers


@pytest.mark.parametrize("content", [b"{", b'{"name": "x",}', b"\xff", b'{"name": "x"} y'])
async def test_unreadable_json_is_400_and_points_at_the_whole_body(http: httpx2.AsyncClient, content: bytes) -> None:
    answer = await http.post("/things", content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json().get("errors", [])} <= {""}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/things", 405)])
async def test_errors_of_the_framework_are_problems_too(
    http: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["status"], answer.json()["code"]) == (status, status)


async def test_headers_of_an_error_are_kept(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/teapot")

    assert (answer.status_code, answer.headers["retry-after"]) == (418, "5")
    assert answer.json()["description"] == "short and stout"


async def test_unexpected_error_is_500_without_its_text(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/bug")

    assert answer.status_code == 500
    assert answer.json()["code"] == 900900
    assert "hunter2" not in answer.text
    assert "RuntimeError" not in answer.text
