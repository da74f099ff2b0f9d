"""Databases in a running PostgreSQL: one database and one user each, and no user may enter another's.

Plain blocking calls that work inside a running event loop too, because the SQL runs in a thread with a loop of its own.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]  # asyncpg ships no types

from backing.unavailable import PartUnavailable

T = TypeVar("T")

_TIMEOUT_SECONDS = 30
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_SCHEME = "postgresql+asyncpg"


class Databases:
    """Makes databases through the superuser's URL. Every URL it returns is one for SQLAlchemy with asyncpg."""

    def __init__(self, superuser_url: str) -> None:
        self._superuser_url = urlunsplit(urlsplit(superuser_url)._replace(scheme="postgresql"))

    def create_database(self, name: str) -> str:
        """A new, empty database whose name begins with `name`, owned by a user of the same name; returns its URL.

        No two calls get the same one, so tests never meet each other's rows. Raises ValueError for a name that is
        not a plain word.
        """
        unique = f"{_checked(name)}_{secrets.token_hex(4)}"
        password = secrets.token_hex(16)
        self._create(unique, password)
        return self._url(unique, password)

    def open_database(self, name: str) -> str:
        """The database of exactly this name, made when missing; the URL stays the same over restarts."""
        _checked(name)
        secret = unquote(urlsplit(self._superuser_url).password or "")
        password = hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()[:32]
        if not self._fetch(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            self._create(name, password)
        return self._url(name, password)

    def drop_database(self, url: str) -> None:
        """Removes what `create_database` returned, with its user, whoever is still connected."""
        name = urlsplit(url).path.removeprefix("/")
        self._execute([f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'DROP ROLE IF EXISTS "{name}"'])

    def _create(self, name: str, password: str) -> None:
        self._execute(
            [
                f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}'",
                # A superuser of a hosted server may only give databases to roles it is a member of.
                f'GRANT "{name}" TO CURRENT_USER',
                f'CREATE DATABASE "{name}" OWNER "{name}"',
                f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC',
            ]
        )

    def _url(self, name: str, password: str) -> str:
        address = urlsplit(self._superuser_url).netloc.rpartition("@")[2]
        return f"{_SCHEME}://{name}:{password}@{address}/{name}"

    def _execute(self, statements: Sequence[str]) -> None:
        async def execute(connection: asyncpg.Connection) -> None:
            for statement in statements:
                await connection.execute(statement, timeout=_TIMEOUT_SECONDS)

        self._with_connection(execute)

    def _fetch(self, query: str) -> list[asyncpg.Record]:
        async def fetch(connection: asyncpg.Connection) -> list[asyncpg.Record]:
            rows: list[asyncpg.Record] = await connection.fetch(query, timeout=_TIMEOUT_SECONDS)
            return rows

        return self._with_connection(fetch)

    def _with_connection(self, work: Callable[[asyncpg.Connection], Coroutine[None, None, T]]) -> T:
        async def connect_and_work() -> T:
            try:
                connection = await asyncpg.connect(self._superuser_url, timeout=_TIMEOUT_SECONDS)
            except (OSError, asyncpg.PostgresError) as error:
                raise PartUnavailable("postgres", f"no connection as superuser: {error}") from error
            try:
                return await work(connection)
            finally:
                await connection.close(timeout=_TIMEOUT_SECONDS)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, connect_and_work()).result()


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a plain lower-case word for a database: {name!r}")
    return name
