"""A service's database: SQLite for one machine, PostgreSQL for many, by URL only.

One `transaction()` is one unit of work: it commits at the end of the block or not at all. On SQLite writers take
turns in this process (one connection, BEGIN IMMEDIATE), so that no writer meets "database is locked" in
mid-transaction.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

_CONNECT_TIMEOUT_SECONDS = 2
# How long to queue for a connection behind other requests, which says nothing about the database's health.
_POOL_TIMEOUT_SECONDS = 5
_STATEMENT_TIMEOUT = timedelta(seconds=10)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
)


class Database:
    """Opens connections lazily; `close()` ends them all."""

    def __init__(self, url: str) -> None:
        self.url = normalised_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", pool_size=1)
            self._reader = _sqlite_engine(self.url, begin="BEGIN", pool_size=5)
        else:
            self._writer = self._reader = _postgres_engine(self.url)
        self._write_sessions = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(self._reader, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes."""
        return self._writer

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A unit of work that may write."""
        async with self._write_sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent view that writes nothing; it never waits for writers on SQLite."""
        async with self._read_sessions() as session, session.begin():
            yield session

    async def check(self) -> str | None:
        """None when the database answers, else why not (a readiness check)."""
        try:
            async with self.reading() as session:
                await session.execute(text("SELECT 1"))
        except (DBAPIError, OSError, TimeoutError) as error:
            return f"the database does not answer ({type(error).__name__})"
        return None

    async def close(self) -> None:
        """Ends all connections."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


DATABASE_UNREACHABLE = (OperationalError, InterfaceError, OSError, TimeoutError)
"""What is raised while a database is away; worth another try later."""


def normalised_url(url: str) -> URL:
    """The URL with an asynchronous driver, whichever way people write it."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    return parsed.set(drivername=drivers.get(parsed.drivername, parsed.drivername))


def _sqlite_engine(url: URL, *, begin: str, pool_size: int) -> AsyncEngine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=10)

    # The driver's own transaction handling is switched off: it would begin only at the first write.
    # The DBAPI connection is of a type that SQLAlchemy does not name.
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:  # noqa: ANN401
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=10,
        max_overflow=5,
        pool_timeout=_POOL_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args={"timeout": _CONNECT_TIMEOUT_SECONDS, "command_timeout": _STATEMENT_TIMEOUT.total_seconds()},
    )
