"""The usual way to write a WebSocket proxy in Python, to compare with: a `websockets` server piped to a `websockets`
client.

python bench/pipe.py PORT BACKEND_URL
"""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve


async def _pump(source: ClientConnection | ServerConnection, sink: ClientConnection | ServerConnection) -> None:
    async for message in source:
        await sink.send(message)
    await sink.close()


async def _pipe(client: ServerConnection, backend_url: str) -> None:
    async with connect(backend_url, compression=None) as backend, asyncio.TaskGroup() as tasks:
        tasks.create_task(_pump(client, backend))
        tasks.create_task(_pump(backend, client))


async def _serve(port: int, backend_url: str) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with serve(lambda client: _pipe(client, backend_url), "127.0.0.1", port, compression=None):
        await stopped.wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2]))
