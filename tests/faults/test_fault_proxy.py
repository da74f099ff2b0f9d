"""The proxy does to connections what it is told: else a fault test would promise nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from faults.fault_proxy import FaultProxy, fault_proxy


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1000):
        writer.write(chunk)
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with server, fault_proxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def _connect(proxy: FaultProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.own_port)
    writer.write(b"hello")
    assert await asyncio.wait_for(reader.readexactly(5), 5) == b"hello"
    return reader, writer


async def test_bytes_pass_through(proxy: FaultProxy) -> None:
    _, writer = await _connect(proxy)

    assert proxy.accepted == 1
    writer.close()


async def test_latency_is_added_in_each_direction(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    proxy.latency = timedelta(milliseconds=50)

    started = time.monotonic()
    writer.write(b"again")
    await reader.readexactly(5)

    assert time.monotonic() - started >= 0.1
    writer.close()


async def test_blackhole_holds_back_and_lets_go(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)
    proxy.is_blackhole = True
    writer.write(b"again")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(5), 0.2)
    proxy.is_blackhole = False

    assert await asyncio.wait_for(reader.readexactly(5), 5) == b"again"
    writer.close()


async def test_reset_ends_open_connections_and_refusing_new_ones(proxy: FaultProxy) -> None:
    reader, _ = await _connect(proxy)
    proxy.is_refusing = True

    proxy.reset_all()

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(reader.readexactly(1), 5)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await _connect(proxy)


async def test_finish_is_an_orderly_end(proxy: FaultProxy) -> None:
    reader, writer = await _connect(proxy)

    proxy.finish_all()

    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
