"""Whatever happens to the relay, nothing is lost, and order within a key is kept."""

from __future__ import annotations

import itertools
import signal
from datetime import timedelta

import pytest
import shop
from place import Place
from reading import everything
from sqlalchemy import text

from backing.eventually import eventually
from contracts import Tombstone
from contracts.devportal import Application
from outbox import Outbox
from outbox.relay import Relay

KEYS = 12


async def put(place: Place, name: str) -> None:
    outbox = Outbox(shop.OutboxRow)
    async with place.database.transaction() as session:
        for number in range(KEYS):
            await outbox.put(session, shop.application(f"app{number}", name))


def relay(place: Place) -> Relay:
    return Relay(place.database, Outbox(shop.OutboxRow), place.bus, source="shop", batch=5)


async def all_sent(place: Place) -> None:
    assert await relay(place).pending() == 0


@pytest.mark.parametrize(("step", "count"), [*itertools.product(["read", "sent", "marked"], [1, 2, 3])])
async def test_relay_killed_at_any_step_loses_nothing_and_keeps_order(place: Place, step: str, count: int) -> None:
    await put(place, "first")
    victim = place.start_replica(f"{step}:{count}:SIGKILL")
    assert victim.wait(30) == -signal.SIGKILL
    await put(place, "second")

    place.start_replica("-")
    await eventually(lambda: all_sent(place), within=timedelta(seconds=20), message="the next relay sends the rest")

    facts = await everything(place.bus)
    for key in {fact.key for fact in facts}:
        versions = [fact.version for fact in facts if fact.key == key]
        assert versions == sorted(versions)
    last = {fact.key: fact for fact in facts}
    assert len(last) == KEYS
    assert all(isinstance(fact, Application) and fact.name == "second" for fact in last.values())


async def test_a_relay_that_slept_while_another_led_does_not_overwrite_newer_facts(place: Place) -> None:
    if place.database.is_sqlite:
        pytest.skip("on SQLite the lock is the process's: nobody takes over while it lives")
    await put(place, "old")
    sleeper = place.start_replica("read:2:SIGSTOP")
    await eventually(lambda: _is_stopped(sleeper.pid), within=timedelta(seconds=20), message="it stops in mid-batch")
    await _end_connections(place)
    await put(place, "new")
    place.start_replica("-")
    await eventually(lambda: all_sent(place), within=timedelta(seconds=20), message="the other takes over")

    sleeper.send_signal(signal.SIGCONT)

    async def the_newest_was_written_last() -> None:
        facts = await everything(place.bus)
        overwritten = [fact for fact in facts if isinstance(fact, Application) and fact.name == "old"]
        assert overwritten, "the sleeper's batch has not arrived yet"
        last = {fact.key: fact for fact in facts}
        assert all(isinstance(fact, Application) and fact.name == "new" for fact in last.values())
        assert all(last[fact.key].version == max(f.version for f in facts if f.key == fact.key) for fact in facts)

    await eventually(the_newest_was_written_last, within=timedelta(seconds=30), message="the newest is said again")


async def test_a_deletion_is_told_as_a_fact_and_then_as_a_tombstone_of_the_same_version(place: Place) -> None:
    outbox = Outbox(shop.OutboxRow)
    async with place.database.transaction() as session:
        await outbox.put(session, shop.application("a", "x"))
    await relay(place).send_once()
    async with place.database.transaction() as session:
        version = await outbox.delete(session, shop.application("a", "x"))
    while await relay(place).send_once():
        pass

    _, deleted, tombstone = await everything(place.bus)

    assert isinstance(deleted, Application)
    assert (deleted.deleted, deleted.version) == (True, version)
    assert isinstance(tombstone, Tombstone)
    assert tombstone.version == version


async def test_a_transaction_that_fails_tells_nothing(place: Place) -> None:
    async def change_that_fails() -> None:
        async with place.database.transaction() as session:
            await Outbox(shop.OutboxRow).put(session, shop.application("a", "x"))
            raise RuntimeError("the change fails")

    with pytest.raises(RuntimeError):
        await change_that_fails()

    assert await relay(place).pending() == 0


async def test_a_fact_overtaken_before_it_was_sent_is_sent_once_as_the_newest(place: Place) -> None:
    await put(place, "first")
    await put(place, "second")
    while await relay(place).send_once():
        pass

    facts = await everything(place.bus)

    assert [fact.name for fact in facts if isinstance(fact, Application)] == ["second"] * KEYS


async def test_versions_grow_across_a_clock_that_goes_back(place: Place) -> None:
    later, earlier = Outbox(shop.OutboxRow, clock=lambda: 2_000.0), Outbox(shop.OutboxRow, clock=lambda: 1_000.0)

    async with place.database.transaction() as session:
        first = await later.put(session, shop.application("a", "x"))
    async with place.database.transaction() as session:
        second = await earlier.put(session, shop.application("a", "y"))

    assert (first, second) == (2_000_000, 2_000_001)


async def _end_connections(place: Place) -> None:
    """As when a network partition makes PostgreSQL give the sleeper up: its lock is free."""
    async with place.database.transaction() as session:
        await session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                 "AND datname = current_database()")
        )  # fmt: skip


def _is_stopped(pid: int) -> bool:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123  # a pseudo-file
        return stat.read().rpartition(")")[2].split()[0] == "T"
