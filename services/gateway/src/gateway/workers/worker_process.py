"""One worker as the parent sees it: a process, started again whenever it ends, and the socket it answers on.

The worker holds the other end of a pipe; that the pipe ends is how it learns of the parent's death, however that came.
"""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from hosting.entry import CommandFailed

_log = structlog.get_logger(__name__)

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
_SETTLED_SECONDS = 30.0
_UNUSABLE_SETUP = 2


class WorkerProcess:
    """`run` is a task of `Workers`."""

    def __init__(self, number: int, *, socket: Path, environment: Mapping[str, str]) -> None:
        self.number = number
        self.socket = socket
        self.restarts = 0
        self._environment = {**environment, "GATEWAY_WORKERS": "1", "GATEWAY_WORKER_SOCKET": str(socket)}
        self._process: Process | None = None
        self._is_stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """None while it does not run."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Returns when the worker has ended after `stop`. Raises `CommandFailed` where it could not even start: later
        its set-up may be mended while the other workers serve.
        """
        pause = _FIRST_PAUSE_SECONDS
        while not self._is_stopping.is_set():
            began = time.monotonic()
            code = await self._run_once()
            if code == _UNUSABLE_SETUP and not self.restarts:
                raise CommandFailed(f"worker {self.number} cannot start; what it logged says why")
            if time.monotonic() - began > _SETTLED_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            if not await self._is_stopped_within(pause):
                self.restarts += 1
                _log.error("a worker has ended and is started again", worker=self.number, exit_code=code)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        """SIGTERM: it drains and ends, and is not started again."""
        self._is_stopping.set()
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _is_stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_stopping.wait(), seconds)
        return self._is_stopping.is_set()

    async def _run_once(self) -> int:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", env=self._environment, stdin=PIPE
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                self.kill()
                await process.wait()
            self._process = None
