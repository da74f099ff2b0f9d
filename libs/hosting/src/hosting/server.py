"""Runs a service: its HTTP listeners beside its background tasks, in one task group.

SIGTERM or SIGINT ends the listeners; then the tasks are cancelled and awaited; one that takes long is named in
the log and cancelled again. A task that fails takes the service down, because a service whose relay is dead only looks
alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

_log = structlog.get_logger(__name__)

BackgroundTask = Callable[[], Awaitable[None]]

GRACEFUL_SHUTDOWN_SECONDS = 3
PATIENCE = timedelta(seconds=5)
_BACKLOG = 1024
_TICK_SECONDS = 1.0
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class PortTaken(Exception):
    """An address cannot be listened on; the text names it."""


def listen(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """One listening socket for each host. Raises `PortTaken`. A machine without IPv6 simply has no `::1`."""
    sockets: list[socket.socket] = []
    for host in hosts:
        try:
            sockets.append(_listen(host, port))
        except OSError as error:
            if ":" in host and sockets:
                continue
            for opened in sockets:
                opened.close()
            raise PortTaken(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    return sockets


def listen_privately(path: Path) -> socket.socket:
    """A Unix socket that only this user can open; what is left of an older one is replaced."""
    path.unlink(missing_ok=True)
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.bind(str(path))
    path.chmod(0o600)  # Before anybody could connect, for nobody can until it listens.
    opened.listen(_BACKLOG)
    opened.setblocking(False)
    return opened


async def run_service(
    app: FastAPI,
    *,
    sockets: Sequence[socket.socket],
    background: Sequence[BackgroundTask],
    on_stop_signal: BackgroundTask | None = None,
    is_behind_parent: bool = False,
    patience: timedelta = PATIENCE,
) -> None:
    """Serves until a signal comes; owns the background tasks. `on_stop_signal` is awaited, still serving, before the
    end. `is_behind_parent`: requests come from our own parent alone, which says for whom it asks. `patience`: how long
    a task may take for its end before it is cancelled again.
    """
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
            lifespan="off",
            ws="none",
            forwarded_allow_ips="*" if is_behind_parent else None,
        ),
        on_stop_signal=on_stop_signal,
    )
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(_forever(task), name=_name(task)) for task in background]
        await server.serve(sockets=list(sockets))
        await _end(started, patience)


class _Server(uvicorn.Server):
    """uvicorn's server with three changes: it waits for a signal instead of looking for one ten times a second; it
    does what must be done before the end while it still answers `/readyz`; and it does not raise the signal again when
    it has ended, which would kill the process before its tasks have.
    """

    def __init__(self, config: uvicorn.Config, *, on_stop_signal: BackgroundTask | None) -> None:
        super().__init__(config)
        self._on_stop_signal = on_stop_signal
        self._is_stopping = asyncio.Event()

    async def main_loop(self) -> None:
        """Returns when the listeners may be closed."""
        while not self._is_stopping.is_set():
            # uvicorn renews the Date header in the tick whose number is a multiple of ten.
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_stopping.wait(), _TICK_SECONDS)
        if self._on_stop_signal is not None:
            await self._on_stop_signal()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the main loop; a second one does nothing more."""
        loop = asyncio.get_running_loop()
        for stop in _STOP_SIGNALS:
            loop.add_signal_handler(stop, self._is_stopping.set)
        try:
            yield
        finally:
            for stop in _STOP_SIGNALS:
                loop.remove_signal_handler(stop)


async def _forever(task: BackgroundTask) -> None:
    await task()
    raise RuntimeError("a background task has ended, which none may do before the service")


async def _end(tasks: Sequence[asyncio.Task[None]], patience: timedelta) -> None:
    # A cancellation can get lost in a library, and then the task would go on for ever.
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        _, stuck = await asyncio.wait(running, timeout=patience.total_seconds())
        for task in stuck:
            _log.warning("a background task has not ended yet and is cancelled again", task=task.get_name())


def _name(task: BackgroundTask) -> str:
    named = task.func if isinstance(task, partial) else task
    return getattr(named, "__qualname__", repr(named))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((host, port))
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened
