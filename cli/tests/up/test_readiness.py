"""Ready means that every health route answers 200; until then it is known who is not, and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sluice.errors import NotReadyInTime
from sluice.up.readiness import Probe, wait_until_ready

_OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}"
_NOT_YET = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"
    b'{"checks": {"database": "ok", "trust": "no signing key is known yet"}}'
)


async def test_returns_when_all_answer_200() -> None:
    async with _answering(_OK) as one, _answering(_OK) as two:
        await wait_until_ready([Probe("one", one), Probe("two", two)], timeout_seconds=10)


async def test_asks_again_until_the_answer_is_200() -> None:
    async with _answering(_NOT_YET, _NOT_YET, _OK) as port:
        await wait_until_ready([Probe("publisher", port)], timeout_seconds=10)


async def test_after_the_deadline_says_who_is_not_ready_and_why() -> None:
    async with _answering(_NOT_YET) as port, _answering(_OK) as ready:
        with pytest.raises(NotReadyInTime) as error:
            await wait_until_ready([Probe("publisher", port), Probe("echo", ready)], timeout_seconds=0.5)

    assert str(error.value) == "Not ready after 0.5 s: publisher (trust: no signing key is known yet)."


async def test_who_does_not_listen_is_not_ready(free_port: Callable[[], int]) -> None:
    with pytest.raises(NotReadyInTime, match=r"gateway \(it does not listen yet\)"):
        await wait_until_ready([Probe("gateway", free_port())], timeout_seconds=0.3)


@pytest.mark.parametrize(
    "answer", [b"", b"garbage", b"HTTP/1.1 503 x\r\n\r\nnot json", b'HTTP/1.1 500 x\r\n\r\n{"checks": 3}']
)
async def test_a_strange_answer_is_not_ready(answer: bytes) -> None:
    async with _answering(answer) as port:
        with pytest.raises(NotReadyInTime, match="strange"):
            await wait_until_ready([Probe("strange", port)], timeout_seconds=0.3)


@asynccontextmanager
async def _answering(*answers: bytes) -> AsyncIterator[int]:
    """A server that gives these answers in turn, and the last for ever."""
    left = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
