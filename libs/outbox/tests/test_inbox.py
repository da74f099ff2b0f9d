"""Facts of others are applied once in effect, whatever is read twice, late, out of order, or cannot be read at all."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import shop
from place import Place
from sqlalchemy import text
from sqlmodel import select

from backing.eventually import eventually
from contracts import encode, encode_tombstone
from contracts.devportal import Application
from eventbus.bus import Record
from eventbus.memory import MemoryBus
from outbox import Database
from outbox.inbox import Inbox
from outbox.inbox_progress import InboxProgress

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def record(name: str, *, version: int, identity: str = "a", deleted: bool = False) -> Record:
    fact = shop.application(identity, name).model_copy(update={"version": version, "deleted": deleted})
    envelope = encode(fact, source="test", event_id=str(uuid.uuid4()), written_at=NOW)
    return Record(envelope.topic, envelope.key, envelope.value, envelope.headers)


def tombstone(*, version: int, identity: str = "a") -> Record:
    envelope = encode_tombstone(shop.TOPIC, identity, version, source="test", event_id="1", written_at=NOW)
    return Record(envelope.topic, envelope.key, envelope.value, envelope.headers)


def inbox(place: Place) -> Inbox:
    return Inbox(place.database, place.bus, {Application: shop.ApplicationHandler()}, shop.TABLES)


async def rows(database: Database) -> dict[str, shop.ApplicationRow]:
    async with database.reading() as session:
        return {row.id: row for row in (await session.scalars(select(shop.ApplicationRow))).all()}


async def read_to_the_end(place: Place) -> dict[str, shop.ApplicationRow]:
    """Runs a fresh inbox until it has caught up, then stops it."""
    reader = inbox(place)
    progress = InboxProgress(place.database, place.bus, topics=reader.topics, table=shop.PositionRow)
    task = asyncio.create_task(reader.run())

    async def caught_up() -> None:
        assert await progress.check() is None

    try:
        await eventually(caught_up, within=timedelta(seconds=20), message="the inbox catches up")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return await rows(place.database)


async def test_a_fact_read_twice_is_applied_once(place: Place) -> None:
    same = record("x", version=5)
    await place.bus.send([same, same])

    found = await read_to_the_end(place)

    assert (found["a"].name, found["a"].applied) == ("x", 1)


async def test_progress_without_tables_is_a_reason_and_no_error(place: Place) -> None:
    progress = InboxProgress(place.database, place.bus, topics=inbox(place).topics, table=shop.PositionRow)
    async with place.database.transaction() as session:
        await session.execute(text(f"DROP TABLE {shop.PositionRow.__tablename__}"))

    reason = await progress.check()

    assert reason is not None
    assert "cannot tell" in reason


async def test_an_older_fact_does_not_undo_a_newer_one(place: Place) -> None:
    await place.bus.send([record("new", version=9), record("old", version=3)])

    assert (await read_to_the_end(place))["a"].name == "new"


async def test_a_deleted_thing_does_not_come_back_with_an_old_fact(place: Place) -> None:
    facts = [record("x", version=1), record("x", version=5, deleted=True), tombstone(version=5), record("x", version=4)]
    await place.bus.send(facts)

    assert await read_to_the_end(place) == {}


async def test_reading_goes_on_where_it_stood(place: Place) -> None:
    await place.bus.send([record("x", version=1)])
    await read_to_the_end(place)
    await place.bus.send([record("y", version=2)])

    found = await read_to_the_end(place)

    assert (found["a"].name, found["a"].applied) == ("y", 2)


async def test_what_cannot_be_read_or_applied_is_parked_and_blocks_nobody(place: Place) -> None:
    garbage = Record(shop.TOPIC, "g", b"{not json", {})
    await place.bus.send([garbage, record("poison", version=1, identity="p"), record("good", version=1)])

    found = await read_to_the_end(place)

    async with place.database.reading() as session:
        parked = {row.key: row.reason for row in (await session.scalars(select(shop.ParkedRow))).all()}
    assert set(found) == {"a"}
    assert set(parked) == {"g", "p"}
    assert "cannot be applied" in parked["p"]


async def test_in_another_log_what_was_not_met_is_removed(place: Place) -> None:
    await place.bus.send([record("kept", version=1), record("lost", version=1, identity="b")])
    await read_to_the_end(place)
    other = MemoryBus()
    await shop.prepare(place.database, other)
    await other.send([record("kept", version=1)])
    elsewhere = Place(place.database_url, "", place.database, other)

    assert set(await read_to_the_end(elsewhere)) == {"a"}
