"""A service's database: SQLite for one machine, PostgreSQL for many, by URL only.

One `transaction()` is one unit of work: it commits at the end of the block or not at all. On SQLite writers take
turns in this process (one connection, BEGIN IMMEDIATE), so that no writer meets "database is locked" in
mid-transaction.

Whatever the drivers raise while the database is away becomes `DatabaseAway`, here and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no types
import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.util import await_only

from outbox.database_away import DatabaseAway, name_for_people, why_away

_log = structlog.get_logger(__name__)

_CONNECT_TIMEOUT_SECONDS = 2
# How long to queue for a connection behind other requests, which says nothing about the database's health.
_POOL_TIMEOUT_SECONDS = 5
_STATEMENT_TIMEOUT = timedelta(seconds=10)
# Whoever meets the same outage is told; the log is told now and then.
_LOG_EVERY_SECONDS = 1.0
# What is noted of a connection for as long as it lasts.
_WAS_USED = "sluice_was_used"

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
        self._log_again_at = 0.0
        self._write_sessions = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read_sessions = async_sessionmaker(self._reader, expire_on_commit=False)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes."""
        return self._writer

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A unit of work that may write. Raises DatabaseAway.

        Nothing but the database is waited for inside: an OSError of anything else would be taken for the database's.
        """
        with self.told_when_away():
            async with self._write_sessions() as session, session.begin():
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent view that writes nothing; it never waits for writers on SQLite. Raises DatabaseAway."""
        with self.told_when_away():
            async with self._read_sessions() as session, session.begin():
                yield session

    async def check(self) -> str | None:
        """None when the database answers, else why not (a readiness check)."""
        try:
            async with self.reading() as session:
                await session.execute(text("SELECT 1"))
        except DatabaseAway:
            return "the database does not answer"
        return None

    @contextmanager
    def told_when_away(self) -> Iterator[None]:
        """Around all that speaks to the database: raises DatabaseAway for what the drivers raise while it is away."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            reason = why_away(error)
            if reason is None:
                raise
            self._log(reason)
            raise DatabaseAway from error

    async def close(self) -> None:
        """Ends all connections."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()

    def _log(self, reason: str) -> None:
        now = time.monotonic()
        if now >= self._log_again_at:
            self._log_again_at = now + _LOG_EVERY_SECONDS
            _log.warning("the database is away", database=name_for_people(self.url), reason=reason)


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
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=5,
        pool_timeout=_POOL_TIMEOUT_SECONDS,
        connect_args={"timeout": _CONNECT_TIMEOUT_SECONDS, "command_timeout": _STATEMENT_TIMEOUT.total_seconds()},
    )

    # Not SQLAlchemy's `pool_pre_ping`, which waits for a server that hangs as long as for a statement. A connection
    # that was just made, perhaps in the place of a lost one, shows what it is worth at its first statement.
    @event.listens_for(engine.sync_engine, "checkout")
    def on_checkout(connection: Any, record: Any, proxy: object) -> None:  # noqa: ANN401
        if _WAS_USED not in record.info:
            record.info[_WAS_USED] = True
            return
        driver = connection.driver_connection
        try:
            await_only(driver.execute("SELECT 1", timeout=_CONNECT_TIMEOUT_SECONDS))
        except TimeoutError:
            driver.terminate()  # A polite end would take as long again.
            raise
        # The last but one is what asyncpg raises for a connection that was lost in the middle of something.
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            driver.terminate()  # Nor is there anything to be polite to.
            raise DisconnectionError from error

    return engine
