"""`python autobahn_backend.py PORT`: an echo by `websockets` with no limits of its own, as Autobahn's cases want it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

# Read when the package is imported; Autobahn sends a message in 65,536 fragments.
os.environ["WEBSOCKETS_MAX_FRAGMENTS"] = "131072"

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def _echo(connection: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


async def _serve(port: int) -> None:
    async with serve(_echo, "127.0.0.1", port, max_size=None, ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
