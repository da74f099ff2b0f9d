"""The echo backend of the demo: `python -m sluice.echo --port 9000` sends back every message as it came.

Text stays text, binary stays binary, of any size; the first offered subprotocol is chosen; permessage-deflate if the
client wants it. `GET /health` answers 200. It has no limits and no authentication, so it listens on this machine only.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from http import HTTPStatus

import uvloop
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

HOSTS = ("127.0.0.1", "::1")
_CLOSE_SECONDS = 2


@asynccontextmanager
async def open_echo(port: int, *, hosts: Sequence[str] = HOSTS) -> AsyncIterator[None]:
    """Listens inside the context; open sessions are closed with 1001 at its end. Raises `OSError` when the port is
    taken.
    """
    async with AsyncExitStack() as listeners:
        for host in hosts:
            try:
                await listeners.enter_async_context(_listener(host, port))
            except OSError as error:
                # A machine without IPv6 has no `::1`; nobody will look for the backend there.
                if ":" not in host or error.errno == errno.EADDRINUSE:
                    raise
        yield


def _listener(host: str, port: int) -> AbstractAsyncContextManager[Server]:
    return serve(
        _echo,
        host,
        port,
        select_subprotocol=_first_offered,
        process_request=_health,
        max_size=None,
        close_timeout=_CLOSE_SECONDS,
        server_header=None,
        logger=_quiet_logger(),
    )


async def _echo(downstream: ServerConnection) -> None:
    try:
        async for message in downstream:
            await downstream.send(message)
    except ConnectionClosed:
        return


def _first_offered(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return offered[0] if offered else None


def _health(downstream: ServerConnection, request: Request) -> Response | None:
    return downstream.respond(HTTPStatus.OK, "ok\n") if request.path == "/health" else None


def _quiet_logger() -> logging.Logger:
    """Stack traces about clients that went away would only disturb people at a demo."""
    logger = logging.getLogger("sluice.echo")
    logger.setLevel(logging.CRITICAL)
    return logger


async def _until_a_signal(port: int) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with open_echo(port):
            await stop.wait()
    except OSError as error:
        sys.stderr.write(f"The echo backend cannot listen on port {port}: {error.strerror or error}\n")
        return 2
    return 0


def main(arguments: Sequence[str]) -> int:
    """Exit codes: 0 ended by a signal, 2 the port cannot be had."""
    parser = argparse.ArgumentParser(prog="sluice echo", description="A WebSocket server that sends back what it gets.")
    parser.add_argument("--port", type=int, default=9000, help="the port to listen on, on 127.0.0.1 and ::1")
    return uvloop.run(_until_a_signal(parser.parse_args(arguments).port))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
