"""What a snapshot holds, when it may be used, and that it is never half written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from backing.eventually import eventually
from contracts import Fact, Tombstone
from contracts.keymanager import Revocation, RevocationKind
from eventbus.memory import MemoryBus
from gateway.feed.feed import Feed
from gateway.snapshot.keeper import OLDEST, SnapshotKeeper
from gateway.snapshot.snapshot_file import SnapshotFile
from services.gateway.tests.policies.world import (
    NOW,
    SOON,
    api,
    at,
    everything,
    new_bus,
    reference_token,
    signing_key,
    subscription,
    tell_bus,
)

FACTS = everything(
    reference_token(),
    Revocation(version=3, kind=RevocationKind.TOKEN, id="t9", revoked_at=at(NOW), expires_at=at(NOW + 9)),
    Revocation(version=4, kind=RevocationKind.CLIENT, id="c9", revoked_at=at(NOW), expires_at=at(NOW + 9)),
)


def fed(*facts: Fact | Tombstone) -> Feed:
    """A feed that knows these from a snapshot."""
    feed = Feed(MemoryBus(), environment="Default")
    feed.restore(facts, as_of=time.time())
    return feed


@asynccontextmanager
async def running(keeper: SnapshotKeeper, feed: Feed) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(run()) for run in (feed.run, keeper.run)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def keeper_of(path: Path, feed: Feed, *, every: float = 0.01) -> SnapshotKeeper:
    return SnapshotKeeper(SnapshotFile(path), feed, every=timedelta(seconds=every))


async def write(path: Path, *facts: Fact | Tombstone, age: timedelta = timedelta(0)) -> None:
    await SnapshotFile(path).write(fed(*facts).facts(), as_of=time.time() - age.total_seconds())


async def restored(path: Path) -> Feed:
    """A feed after a start with this file and without a bus."""
    bus = MemoryBus()
    bus.available = False
    feed = Feed(bus, environment="Default")
    await keeper_of(path, feed).restore()
    return feed


async def becomes_ready(feed: Feed) -> None:
    await eventually(lambda: feed.is_caught_up, within=SOON, message="the gateway serves")


async def test_what_is_known_comes_back_as_it_was(tmp_path: Path) -> None:
    gone = subscription(version=7, id="s2", deleted=True)
    await write(tmp_path / "snapshot", *FACTS, gone, signing_key().model_copy(update={"kid": "k2", "deleted": True}))

    feed = await restored(tmp_path / "snapshot")

    before, after = fed(*FACTS, gone), feed
    assert after.table.sizes() == before.table.sizes()
    assert after.table.api("a1") == api()
    assert after.trust.find_key("k1") is not None
    assert after.trust.find_key("k2") is None
    for revoked in ({"token_id": "t9", "client_id": "c1"}, {"token_id": "t1", "client_id": "c9"}):
        assert after.trust.is_revoked(**revoked, subject="sue", issued_at=NOW - 10)


async def test_what_was_deleted_is_not_brought_back_by_an_old_fact_of_a_replay(tmp_path: Path) -> None:
    await write(tmp_path / "snapshot", *FACTS, subscription(version=7, deleted=True))

    feed = await restored(tmp_path / "snapshot")
    feed.restore([subscription(version=6)], as_of=time.time())

    assert feed.table.subscription(api_id="a1", application_id="app1") is None


async def test_it_is_served_from_while_the_bus_is_away(tmp_path: Path) -> None:
    await write(tmp_path / "snapshot", *FACTS)
    feed = await restored(tmp_path / "snapshot")
    async with running(keeper_of(tmp_path / "snapshot", feed), feed):
        first = await feed.check()

        await becomes_ready(feed)

    assert first == "facts are still being read"


async def test_a_bus_that_is_there_is_read_first(tmp_path: Path) -> None:
    await write(tmp_path / "snapshot", *FACTS)
    bus = await new_bus()
    await tell_bus(bus, *everything(api(version=2, name="Renamed")))
    feed = Feed(bus, environment="Default")
    keeper = keeper_of(tmp_path / "snapshot", feed)
    await keeper.restore()
    assert not feed.is_caught_up

    async with running(keeper, feed):
        await becomes_ready(feed)

    renamed = feed.table.api("a1")
    assert renamed is not None
    assert renamed.name == "Renamed"


async def test_the_bus_is_caught_up_with_when_it_is_back(tmp_path: Path) -> None:
    await write(tmp_path / "snapshot", *FACTS)
    bus = await new_bus()
    bus.available = False
    feed = Feed(bus, environment="Default")
    keeper = keeper_of(tmp_path / "snapshot", feed)
    await keeper.restore()
    async with running(keeper, feed):
        await becomes_ready(feed)

        bus.available = True
        await tell_bus(bus, subscription(version=8, deleted=True))

        def is_gone() -> None:
            assert feed.table.subscription(api_id="a1", application_id="app1") is None

        await eventually(is_gone, within=SOON, message="the deletion is read")


async def test_changes_are_written_and_the_one_before_is_kept(tmp_path: Path) -> None:
    bus = await new_bus()
    await tell_bus(bus, *FACTS)
    feed = Feed(bus, environment="Default")
    path = tmp_path / "snapshot"
    async with running(keeper_of(path, feed), feed):
        await eventually(path.exists, within=SOON, message="a snapshot")
        first = path.read_bytes()
        await tell_bus(bus, api(version=2, name="Renamed"))

        def is_renamed() -> None:
            assert b"Renamed" in path.read_bytes()
            assert (tmp_path / "snapshot.previous").read_bytes() == first

        await eventually(is_renamed, within=SOON, message="the change is written", retry_on=(FileNotFoundError,))

    assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "snapshot.new").exists()


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "torn": lambda whole: whole[:-40],
    "empty": lambda whole: b"",
    "changed": lambda whole: whole.replace(b"Chat", b"Chut"),
    "of another form": lambda whole: b"{}\n" + whole,
}


@pytest.mark.parametrize("how", SPOILED)
async def test_a_spoiled_file_is_not_believed_but_the_previous_one_is(tmp_path: Path, how: str) -> None:
    path = tmp_path / "snapshot"
    await write(path, *FACTS)
    await write(path, *FACTS)
    path.write_bytes(SPOILED[how](path.read_bytes()))

    feed = await restored(path)

    await becomes_ready(feed)
    assert feed.table.api("a1") == api()


@pytest.mark.parametrize("age", [OLDEST + timedelta(seconds=1), -timedelta(hours=1)])
async def test_one_that_is_older_than_a_token_can_be_or_of_the_future_is_not_used(
    tmp_path: Path, age: timedelta
) -> None:
    await write(tmp_path / "snapshot", *FACTS, age=age)

    feed = await restored(tmp_path / "snapshot")

    assert feed.table.api("a1") is None
    assert await feed.check() == "facts are still being read"


async def test_without_a_snapshot_nothing_is_served_while_the_bus_is_away(tmp_path: Path) -> None:
    feed = await restored(tmp_path / "snapshot")

    async with running(keeper_of(tmp_path / "snapshot", feed), feed):
        await asyncio.sleep(1.1)  # Longer than the patience of one that has a snapshot.

        assert not feed.is_caught_up


async def test_facts_that_only_come_from_a_snapshot_are_not_written_with_a_newer_date(tmp_path: Path) -> None:
    await write(tmp_path / "snapshot", *FACTS, age=timedelta(hours=1))
    feed = await restored(tmp_path / "snapshot")
    before = (tmp_path / "snapshot").read_bytes()

    async with running(keeper_of(tmp_path / "snapshot", feed), feed):
        await becomes_ready(feed)

    assert (tmp_path / "snapshot").read_bytes() == before
    assert time.time() - feed.as_of() >= 3600


async def test_one_process_writes_and_another_takes_over_when_it_ends(tmp_path: Path) -> None:
    first, second = SnapshotFile(tmp_path / "snapshot"), SnapshotFile(tmp_path / "snapshot")

    assert (first.take_lock(), second.take_lock(), first.take_lock()) == (True, False, True)
    first.release_lock()
    assert second.take_lock()
    second.release_lock()


async def test_a_disk_that_takes_no_more_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    await write(path, *FACTS)
    before = path.read_bytes()
    (tmp_path / "snapshot.new").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        await write(path, api(version=9))

    assert path.read_bytes() == before
