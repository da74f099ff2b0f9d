"""Trying an endpoint: real sockets, and no difference between what is closed and what is silent."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from backing.eventually import free_ports

from .world import DIAL_TIME, World

_NO_ANSWER = {"statusCode": 0, "statusMessage": "", "error": "There is no WebSocket server that answers."}


async def _hold(connection: ServerConnection) -> None:
    await connection.wait_closed()


def _answer(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/":
        return None
    response = connection.respond(HTTPStatus(int(request.path[1:])), "")
    response.headers["Location"] = "ws://169.254.169.254/"
    return response


@pytest.fixture
async def backend() -> AsyncIterator[str]:
    async with serve(_hold, "127.0.0.1", 0, process_request=_answer) as server:
        yield f"ws://localhost:{server.sockets[0].getsockname()[1]}"


async def _validate(world: World, url: str, **params: str) -> dict[str, object]:
    answer: dict[str, object] = await world.ok(
        "POST", "/apis/validate-endpoint", token="creator", params={"endpointUrl": url, **params}
    )
    return answer


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [("/", 101, "Switching Protocols"), ("/401", 401, "Unauthorized"), ("/302", 302, "Found")],
)
async def test_answer_of_the_backend_is_told(world: World, backend: str, path: str, status: int, message: str) -> None:
    api_id = await world.create()

    answer = await _validate(world, f"{backend}{path}", apiId=api_id)

    assert answer == {"statusCode": status, "statusMessage": message, "error": ""}


async def test_closed_and_silent_ports_look_alike_and_take_as_long(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (free_ports(1)[0], silent.getsockname()[1]):
            began = time.monotonic()

            assert await _validate(world, f"ws://127.0.0.1:{port}") == _NO_ANSWER

            assert time.monotonic() - began >= DIAL_TIME.total_seconds()


@pytest.mark.parametrize("url", ["ws://10.0.0.1", "wss://private.test", "ws://kafka:9000", "http://localhost", "x", ""])
async def test_what_no_api_may_have_is_not_tried(world: World, url: str) -> None:
    response = await world.call("POST", "/apis/validate-endpoint", token="creator", params={"endpointUrl": url})

    assert (response.status_code, response.json()["code"]) == (400, 900346)
    assert response.json()["errors"][0]["pointer"] == "query/endpointUrl"


async def test_name_that_nobody_knows_is_no_answer(world: World) -> None:
    assert await _validate(world, "wss://unknown.test") == _NO_ANSWER


async def test_unknown_api_is_404(world: World, backend: str) -> None:
    params = {"endpointUrl": backend, "apiId": "x"}

    assert (await world.call("POST", "/apis/validate-endpoint", params=params)).status_code == 404
