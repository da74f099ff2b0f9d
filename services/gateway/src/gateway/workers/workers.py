"""All workers of a parent: running, draining, ending."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from gateway.workers.worker_process import WorkerProcess


class Workers:
    """`run` is a background task of the parent; `stop` ends it."""

    def __init__(self, count: int, *, folder: Path, environment: Mapping[str, str], grace: timedelta) -> None:
        self.is_stopping = False
        self._grace = grace
        self._ended = asyncio.Event()
        self._workers = tuple(
            WorkerProcess(number, socket=folder / f"worker-{number}.sock", environment=environment)
            for number in range(count)
        )

    def __iter__(self) -> Iterator[WorkerProcess]:
        return iter(self._workers)

    @property
    def restarts(self) -> int:
        """How often a worker was started again."""
        return sum(worker.restarts for worker in self._workers)

    async def run(self) -> None:
        """Ends by cancellation, which kills what still runs. Raises `CommandFailed` where workers cannot start."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for worker in self._workers:
                    tasks.create_task(worker.run(), name=f"worker {worker.number}")
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group
        self._ended.set()
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Lets all drain; kills those that have not ended within the grace."""
        self.is_stopping = True
        for worker in self._workers:
            worker.stop()
        try:
            await asyncio.wait_for(self._ended.wait(), self._grace.total_seconds())
        except TimeoutError:
            for worker in self._workers:
                worker.kill()
