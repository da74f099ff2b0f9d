"""Backends that behave, and backends that do not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import websockets
from websockets.asyncio.server import ServerConnection

from .plane import ACCEPT, reset_connection

Conduct = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SWITCH = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {ACCEPT}\r\n"
)
ACCEPTANCE = (SWITCH + "\r\n").encode()


@asynccontextmanager
async def echo_backend(*, tls: ssl.SSLContext | None = None, **options: object) -> AsyncIterator[str]:
    """A real `websockets` server that sends back what it gets."""

    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    serving = websockets.serve(echo, "127.0.0.1", 0, ssl=tls, **options)  # type: ignore[arg-type]  # keywords pass through
    async with serving as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"wss://localhost:{port}/" if tls else f"ws://127.0.0.1:{port}/"


class RawBackend:
    """A TCP server whose conduct is the test's. Remembers the heads it was sent and how many connections are open."""

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self.heads: list[str] = []
        self.open_count = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_count += 1
        try:
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            await self._conduct(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # The gateway went away, which a test may want.
        finally:
            self.open_count -= 1
            writer.close()


@asynccontextmanager
async def raw_backend(conduct: Conduct) -> AsyncIterator[RawBackend]:
    backend = RawBackend(conduct)
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(backend.serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    backend.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield backend
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(response: bytes) -> Conduct:
    """Send these bytes and wait for the gateway to go."""

    async def conduct(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response)
        await reader.read()

    return conduct


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept TCP and say nothing."""
    await reader.read()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close instead of answering."""
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reset instead of answering."""
    reset_connection(writer)
