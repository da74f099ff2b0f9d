"""One replica of a service relays and reads at a time; the others wait to take over.

Owns the tasks of the duties: they run while the lock is held and are cancelled when it is lost. A leader that was
paused may go on for a moment after another took over; the relay is built so that this does no harm
(docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from outbox.database_away import DatabaseAway
from outbox.leader_lock import LeaderLock

_log = structlog.get_logger(__name__)

Duty = Callable[[], Awaitable[None]]

_RETRY_SECONDS = 1.0


class _LockLost(Exception):
    """Another replica may lead now."""


class Leadership:
    """Runs the duties of whoever holds the lock. `is_leading` is None until it was asked for the first time."""

    def __init__(self, lock: LeaderLock, duties: Sequence[Duty], *, retry_seconds: float = _RETRY_SECONDS) -> None:
        self._lock = lock
        self._duties = duties
        self._retry_seconds = retry_seconds
        self.is_leading: bool | None = None

    async def run(self) -> None:
        """Ends only by cancellation, or with the error of a duty."""
        try:
            while True:
                self.is_leading = await self._acquired()
                if self.is_leading:
                    await self._lead()
                await asyncio.sleep(self._retry_seconds)
        finally:
            await self._lock.release()

    @staticmethod
    async def run_duties(duties: Sequence[Duty]) -> None:
        """All at once; one that fails ends the others."""
        async with asyncio.TaskGroup() as tasks:
            for duty in duties:
                tasks.create_task(_forever(duty))

    async def _acquired(self) -> bool:
        try:
            return await self._lock.try_acquire()
        except (DatabaseAway, OSError) as error:
            _log.warning("cannot ask for the leader lock", reason=str(error))
            return False

    async def _lead(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                for duty in self._duties:
                    tasks.create_task(_forever(duty))
                tasks.create_task(self._watch())
        except* _LockLost:
            _log.warning("lost the leader lock; another replica may lead now")

    async def _watch(self) -> None:
        while await self._lock.is_held():
            await asyncio.sleep(self._retry_seconds)
        raise _LockLost


async def _forever(duty: Duty) -> None:
    await duty()
