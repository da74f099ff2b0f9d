"""Bodies above the limit are 413, in a way that a client which is still sending can read."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from hosting.body_limit import MAX_BODY_BYTES, BodyLimit

from .conftest import StartShop

TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
def port(start_shop: StartShop) -> int:
    return start_shop("works")[1]


def post(port: int, body: bytes | Iterator[bytes]) -> tuple[int, dict[str, object] | int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/bytes", body=body, headers={"Content-Type": "text/plain"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@pytest.mark.parametrize("size", [0, 1, MAX_BODY_BYTES - 1, MAX_BODY_BYTES])
def test_body_up_to_the_limit_arrives_whole(port: int, size: int) -> None:
    assert post(port, b"x" * size) == (200, size)


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, TEN_MEGABYTES])
def test_client_that_announces_too_much_reads_its_413(port: int, size: int) -> None:
    status, problem = post(port, b"x" * size)

    assert status == 413
    assert isinstance(problem, dict)
    assert (problem["status"], problem["message"]) == (413, "Content Too Large")


def test_client_that_announces_nothing_reads_its_413(port: int) -> None:
    status, _ = post(port, (b"x" * 65_536 for _ in range(TEN_MEGABYTES // 65_536)))

    assert status == 413


def test_chunked_body_of_just_the_limit_arrives_whole(port: int) -> None:
    assert post(port, (b"x" * 65_536 for _ in range(MAX_BODY_BYTES // 65_536))) == (200, MAX_BODY_BYTES)


def test_body_that_ends_where_it_becomes_too_large_is_answered_at_once(port: int) -> None:
    size = MAX_BODY_BYTES + 1
    head = b"POST /bytes HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
    began = time.monotonic()

    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head + f"{size:x}\r\n".encode() + b"x" * size + b"\r\n0\r\n\r\n")
        answer = client.recv(64)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert time.monotonic() - began < 3


def test_refused_client_is_told_that_the_connection_ends(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/bytes", body=b"x" * (MAX_BODY_BYTES + 1))

    answer = connection.getresponse()

    assert answer.headers["connection"] == "close"
    answer.read()
    connection.close()


class TestInMemory:
    """What sockets show only by luck."""

    @staticmethod
    async def run(messages: list[Message], *, max_bytes: int = 10) -> tuple[list[Message], list[Message]]:
        """What the application received and what was sent. After the last message the client says nothing more."""
        received: list[Message] = []
        sent: list[Message] = []
        silence = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while True:
                received.append(await receive())
                if received[-1]["type"] != "http.request" or not received[-1].get("more_body", False):
                    return

        async def receive() -> Message:
            if messages:
                return messages.pop(0)
            await silence.wait()
            raise AssertionError("nobody ends the silence")

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {"type": "http", "headers": [], "method": "POST", "path": "/"}
        async with asyncio.timeout(2):
            await BodyLimit(app, max_bytes=max_bytes)(scope, receive, send)
        return received, sent

    async def test_pieces_arrive_as_one(self) -> None:
        pieces: list[Message] = [
            {"type": "http.request", "body": b"hello", "more_body": True},
            {"type": "http.request", "body": b"world", "more_body": False},
        ]

        received, sent = await self.run(pieces)

        assert b"".join(message["body"] for message in received) == b"helloworld"
        assert sent == []

    async def test_body_that_was_cut_off_is_never_taken_for_whole(self) -> None:
        cut_off: list[Message] = [
            {"type": "http.request", "body": b"hello", "more_body": True},
            {"type": "http.disconnect"},
            {"type": "http.disconnect"},
        ]

        received, _ = await self.run(cut_off)

        assert not received or received[-1]["type"] == "http.disconnect"

    async def test_last_piece_that_is_too_much_is_not_waited_behind(self) -> None:
        _, sent = await self.run([{"type": "http.request", "body": b"x" * 11, "more_body": False}])

        assert sent[0]["status"] == 413
