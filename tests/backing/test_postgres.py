"""The server is real: databases with users of their own, kept over kill and restart, frozen and thawed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from backing.eventually import eventually
from backing.postgres import NamedPostgres, PostgresServer


async def test_two_databases_have_two_users(postgres_server: PostgresServer | NamedPostgres) -> None:
    urls = [postgres_server.create_database("publisher"), postgres_server.create_database("devportal")]

    found = [str(await _scalar(url, "SELECT current_user || '/' || current_database()")) for url in urls]

    assert [name.split("/")[0].rsplit("_", 1)[0] for name in found] == ["publisher", "devportal"]
    assert len(set(found)) == 2
    for url in urls:
        assert await _scalar(url, "SELECT 1") == 1
        postgres_server.drop_database(url)


async def test_user_may_not_enter_anothers_database(postgres_server: PostgresServer | NamedPostgres) -> None:
    mine, theirs = postgres_server.create_database("mine"), postgres_server.create_database("theirs")
    trespass = mine.rsplit("/", 1)[0] + "/" + theirs.rsplit("/", 1)[1]

    with pytest.raises(Exception, match="permission denied for database"):
        await _scalar(trespass, "SELECT 1")

    for url in (mine, theirs):
        postgres_server.drop_database(url)


async def test_fixture_gives_an_empty_database_that_may_be_written(postgres_url: str) -> None:
    async with _connected(postgres_url) as connection:
        await connection.execute(text("CREATE TABLE kept (word text)"))

    assert await _scalar(postgres_url, "SELECT count(*) FROM kept") == 0


async def test_killed_server_keeps_committed_rows(killable_postgres: PostgresServer, postgres_url: str) -> None:
    async with _connected(postgres_url) as connection:
        await connection.execute(text("CREATE TABLE kept AS SELECT 'before' AS word"))

    killable_postgres.kill()
    assert not killable_postgres.is_running
    await asyncio.to_thread(killable_postgres.restart)

    assert await _scalar(postgres_url, "SELECT word FROM kept") == "before"


async def test_paused_server_answers_again_after_resume(killable_postgres: PostgresServer, postgres_url: str) -> None:
    async with _connected(postgres_url) as connection:
        killable_postgres.pause()
        answer = asyncio.create_task(connection.scalar(text("SELECT 1")))
        done, _ = await asyncio.wait([answer], timeout=0.5)
        assert not done

        killable_postgres.resume()

        assert await answer == 1


async def test_open_database_is_the_same_after_restart(tmp_path: Path) -> None:
    server = PostgresServer()
    try:
        server.start(tmp_path)
        first = server.open_database("keymanager")
        server.restart()

        second = server.open_database("keymanager")

        assert first == second
        assert await _scalar(second, "SELECT current_user") == "keymanager"
    finally:
        server.discard()


async def test_stop_ends_open_connections(killable_postgres: PostgresServer, postgres_url: str) -> None:
    engine = create_async_engine(postgres_url)
    try:
        async with engine.connect() as connection:
            await asyncio.to_thread(killable_postgres.stop)

            with pytest.raises(DBAPIError):
                await connection.scalar(text("SELECT 1"))
        assert not killable_postgres.is_running
        await asyncio.to_thread(killable_postgres.restart)
        await eventually(
            lambda: _scalar(postgres_url, "SELECT 1"), within=timedelta(seconds=10), message="the server is back"
        )
    finally:
        await engine.dispose()


def test_a_database_name_is_a_plain_word(postgres_server: PostgresServer | NamedPostgres) -> None:
    with pytest.raises(ValueError, match="plain"):
        postgres_server.create_database('x"; DROP ROLE postgres; --')


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _scalar(url: str, query: str) -> object:
    async with _connected(url) as connection:
        return await connection.scalar(text(query))
