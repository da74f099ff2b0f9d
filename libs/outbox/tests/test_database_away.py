"""A database that is away says so in one error and works when it is back. Our own mistakes stay what they are."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest
import shop
from reading import everything
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError
from structlog.testing import capture_logs

from backing.eventually import eventually
from backing.postgres import PostgresServer, fetch_postgres
from contracts.devportal import Application
from eventbus.memory import MemoryBus
from outbox import Database, DatabaseAway, Outbox
from outbox.leader_lock import leader_lock
from outbox.leadership import Leadership
from outbox.relay import Relay

SOON = timedelta(seconds=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Of our own, to be killed."""
    fetch_postgres()
    postgres = PostgresServer()
    try:
        postgres.start(tmp_path_factory.mktemp("postgres"))
        yield postgres
    finally:
        postgres.discard()


@pytest.fixture
async def on_server(server: PostgresServer) -> AsyncIterator[Database]:
    server.resume()
    if not server.is_running:
        await asyncio.to_thread(server.restart)
    async with opened(server.create_database("shop")) as database:
        yield database


@pytest.fixture
async def on_file(tmp_path: Path) -> AsyncIterator[Database]:
    """It does not wait for locks, which takes 5 s otherwise."""
    async with opened(f"sqlite:///{tmp_path}/shop.db") as database:
        async with database.transaction() as session:
            await session.execute(text("PRAGMA busy_timeout=0"))
        yield database


@pytest.fixture(params=["file", "server"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "file":
        url = f"sqlite:///{tmp_path}/shop.db"
    else:
        url = request.getfixturevalue("postgres_server").create_database("shop")
    async with opened(url) as database:
        yield database


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        await shop.prepare(database, MemoryBus())
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def opened_again(url: URL) -> AsyncIterator[Database]:
    database = Database(url.render_as_string(hide_password=False))
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def half_deaf_proxy(url: URL) -> AsyncIterator[tuple[URL, asyncio.Event]]:
    """Another way to the server. Of the first connection that the server ends, all that it said arrives, but not the
    end; the event is set then.
    """
    has_ended = asyncio.Event()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(url.host, url.port)
        async with asyncio.TaskGroup() as tasks:
            to_server = tasks.create_task(pipe(reader, back))
            await pipe(there, writer)
            if not has_ended.is_set():
                has_ended.set()
                await to_server
            to_server.cancel()
        for end in (back, writer):
            end.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as proxy:
        yield url.set(host="127.0.0.1", port=proxy.sockets[0].getsockname()[1]), has_ended


async def add(database: Database, identity: str) -> None:
    async with database.transaction() as session:
        session.add(shop.ApplicationRow(id=identity, name="x"))


async def names(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.scalars(text("SELECT id FROM application ORDER BY id"))).all())


async def test_killed_server_is_away_and_back_by_itself_with_all_or_nothing_of_a_transaction(
    server: PostgresServer, on_server: Database
) -> None:
    await add(on_server, "whole")

    async def add_while_it_dies() -> None:
        async with on_server.transaction() as session:
            session.add(shop.ApplicationRow(id="half", name="x"))
            await session.flush()
            await asyncio.to_thread(server.kill)

    with pytest.raises(DatabaseAway):
        await add_while_it_dies()
    with pytest.raises(DatabaseAway):
        await names(on_server)
    assert await on_server.check() == "the database does not answer"

    await asyncio.to_thread(server.restart)
    await eventually(lambda: names(on_server), within=SOON, message="it is back", retry_on=(DatabaseAway,))
    assert await names(on_server) == ["whole"]
    assert await on_server.check() is None


async def test_server_that_hangs_is_away_within_seconds(server: PostgresServer, on_server: Database) -> None:
    await add(on_server, "before")
    server.pause()
    began = time.monotonic()

    with pytest.raises(DatabaseAway):
        await names(on_server)

    # It is 2 s; a statement may take 10.
    assert time.monotonic() - began < 8
    server.resume()
    assert await names(on_server) == ["before"]


async def test_connection_whose_end_is_told_and_does_not_come_is_replaced(on_server: Database) -> None:
    async with half_deaf_proxy(on_server.url) as (url, has_ended), opened_again(url) as database:
        await names(database)
        await names(database)

        async with on_server.transaction() as session:
            others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            await session.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
        await has_ended.wait()
        await names(on_server)  # Meanwhile the other connection reads what it was told.

        assert await names(database) == []


async def test_leader_outlives_the_server_and_tells_what_was_committed(
    server: PostgresServer, on_server: Database
) -> None:
    bus, outbox = MemoryBus(), Outbox(shop.OutboxRow)
    await shop.prepare(on_server, bus)
    relay = Relay(on_server, outbox, bus, source="shop")
    leadership = Leadership(leader_lock(on_server, name="shop"), [relay.run], retry_seconds=0.1)

    async def put(name: str) -> None:
        async with on_server.transaction() as session:
            await outbox.put(session, shop.application("app", name))

    async def told(name: str) -> None:
        assert name in [fact.name for fact in await everything(bus) if isinstance(fact, Application)]

    async def stops_leading() -> None:
        assert not leadership.is_leading

    async with asyncio.TaskGroup() as tasks:
        leading = tasks.create_task(leadership.run())
        await put("first")
        await eventually(lambda: told("first"), within=SOON, message="the relay works")
        await asyncio.to_thread(server.kill)
        await eventually(stops_leading, within=SOON, message="the lock is lost with the server")
        await asyncio.to_thread(server.restart)
        await eventually(lambda: put("second"), within=SOON, message="it is back", retry_on=(DatabaseAway,))
        await eventually(lambda: told("second"), within=SOON, message="the relay works again")
        leading.cancel()


async def test_log_says_which_database_and_why_and_no_credentials() -> None:
    url = "postgresql://joe:hunter2@127.0.0.1:9/shop?password=hunter3"

    with capture_logs() as logs:
        await Database(url).check()

    assert [(line["event"], line["database"]) for line in logs] == [
        ("the database is away", "postgresql://127.0.0.1:9/shop")
    ]
    assert "hunter" not in str(logs)
    assert logs[0]["reason"]


async def test_file_that_another_program_holds_is_away_until_it_lets_go(on_file: Database) -> None:
    with closing(sqlite3.connect(str(on_file.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(DatabaseAway):
            await add(on_file, "locked out")

    await add(on_file, "afterwards")
    assert await names(on_file) == ["afterwards"]


async def test_full_disk_is_away_until_there_is_room(on_file: Database) -> None:
    """A bound on the file's pages stands for the disk's: SQLite gives the same error."""
    async with on_file.transaction() as session:
        await session.execute(text("PRAGMA max_page_count=1"))  # It becomes what is there.

    async def add_too_much() -> None:
        async with on_file.transaction() as session:
            session.add(shop.ApplicationRow(id="half", name="x"))
            await session.flush()
            session.add(shop.ApplicationRow(id="too large", name="x" * 100_000))

    with pytest.raises(DatabaseAway):
        await add_too_much()

    async with on_file.transaction() as session:
        await session.execute(text("PRAGMA max_page_count=100000"))
    await add(on_file, "afterwards")
    assert await names(on_file) == ["afterwards"]


async def test_folder_that_is_gone_is_away(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/folder/shop.db")
    (tmp_path / "folder").rmdir()

    assert await database.check() == "the database does not answer"

    (tmp_path / "folder").mkdir()
    assert await database.check() is None
    await database.close()


async def test_deadlock_is_away_for_one_of_the_two_and_nothing_for_the_other(postgres_server: PostgresServer) -> None:
    async with opened(postgres_server.create_database("shop")) as database:
        await add(database, "a")
        await add(database, "b")
        both_hold = asyncio.Barrier(2)

        async def rename(name: str, first: str, second: str) -> None:
            update = text("UPDATE application SET name = :name WHERE id = :id")
            async with database.transaction() as session:
                await session.execute(update, {"name": name, "id": first})
                await both_hold.wait()
                await session.execute(update, {"name": name, "id": second})

        outcomes = await asyncio.gather(rename("x", "a", "b"), rename("y", "b", "a"), return_exceptions=True)

        assert {type(outcome) for outcome in outcomes} == {DatabaseAway, type(None)}


async def test_mistakes_of_ours_stay_what_they_are(either: Database) -> None:
    await add(either, "a")

    with pytest.raises(IntegrityError):
        await add(either, "a")
    with pytest.raises(DBAPIError):
        async with either.transaction() as session:
            await session.execute(text("SELEC 1"))
    with pytest.raises(ValueError, match="another"):
        async with either.transaction():
            raise ValueError("another")
