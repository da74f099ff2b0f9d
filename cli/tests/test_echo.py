"""The echo backend sends back what it gets, whatever it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from http import HTTPStatus

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from sluice.echo import open_echo


@pytest.fixture
async def echo(free_port: Callable[[], int]) -> AsyncIterator[str]:
    port = free_port()
    async with open_echo(port, hosts=["127.0.0.1"]):
        yield f"ws://127.0.0.1:{port}"


@pytest.mark.parametrize("message", ["text", "", "snow ☃", b"\x00\xff", b"", b"x" * 3_000_000])
async def test_a_message_comes_back_as_it_went(echo: str, message: str | bytes) -> None:
    async with connect(f"{echo}/any/path?x=1", max_size=None) as backend:
        await backend.send(message)

        assert await backend.recv() == message


async def test_the_first_offered_subprotocol_is_chosen(echo: str) -> None:
    async with connect(echo, subprotocols=[Subprotocol("b"), Subprotocol("a")]) as backend:
        assert backend.subprotocol == "b"


async def test_health_answers_200_without_an_upgrade(echo: str) -> None:
    with pytest.raises(InvalidStatus) as answer:
        await connect(f"{echo}/health")

    assert answer.value.response.status_code == HTTPStatus.OK


async def test_at_its_end_open_sessions_get_a_close_frame(free_port: Callable[[], int]) -> None:
    port = free_port()
    async with AsyncExitStack() as clients:
        async with open_echo(port, hosts=["127.0.0.1"]):
            backend = await clients.enter_async_context(connect(f"ws://127.0.0.1:{port}"))

        with pytest.raises(ConnectionClosed) as closed:
            await backend.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
