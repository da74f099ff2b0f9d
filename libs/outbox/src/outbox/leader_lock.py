"""What one process of a service holds at a time: a PostgreSQL advisory lock, or a lock file beside a SQLite file."""

from __future__ import annotations

import fcntl
import hashlib
import os
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from outbox.database import Database


class LeaderLock(Protocol):
    """Held by one process at a time; a process that dies lets go."""

    async def try_acquire(self) -> bool:
        """Whether the lock is ours now. Raises DatabaseAway."""
        ...

    async def is_held(self) -> bool:
        """Whether it is still ours: a lost database connection loses the lock."""
        ...

    async def release(self) -> None:
        """Lets go; harmless when not held."""
        ...


def leader_lock(database: Database, *, name: str) -> LeaderLock:
    """The lock that suits the database."""
    return FileLock(f"{database.url.database}.{name}.lock") if database.is_sqlite else AdvisoryLock(database, name=name)


class FileLock:
    """An flock: the kernel releases it when the process ends, however it ends."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor: int | None = None

    async def try_acquire(self) -> bool:
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    async def is_held(self) -> bool:
        return self._descriptor is not None

    async def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class AdvisoryLock:
    """Bound to a connection of its own that stays open while the lock is held."""

    def __init__(self, database: Database, *, name: str) -> None:
        self._database = database
        digest = hashlib.sha256(f"sluice:{name}".encode()).digest()
        self._number = int.from_bytes(digest[:8], "big", signed=True)
        self._connection: AsyncConnection | None = None

    async def try_acquire(self) -> bool:
        if self._connection is not None:
            return await self.is_held()
        with self._database.told_when_away():
            connection = await self._database.engine.connect()
        self._connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        if await self._ask("SELECT pg_try_advisory_lock(:number)"):
            return True
        await self.release()
        return False

    async def is_held(self) -> bool:
        return await self._ask(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
            " AND ((classid::bigint << 32) | objid::bigint) = :number"
        )

    async def release(self) -> None:
        await self._ask("SELECT pg_advisory_unlock(:number)")
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(self, statement: str) -> bool:
        """False when the connection is lost, and the lock with it."""
        if self._connection is None:
            return False
        try:
            return bool(await self._connection.scalar(text(statement), {"number": self._number}))
        except (SQLAlchemyError, OSError):
            connection, self._connection = self._connection, None
            await connection.invalidate()
            await connection.close()
            return False
