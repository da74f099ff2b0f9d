"""What only the SQLite log has to promise: processes, machines, crashes, and a file that stays small."""

import asyncio
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from backing.eventually import eventually, eventually_sync
from eventbus.bus import Record, TopicSpec
from eventbus.errors import BusInUseElsewhere, BusUnavailable, LogReplaced
from eventbus.sqlite_log import SqliteBus

THINGS = TopicSpec("things.v1")

_WRITER = """
import asyncio, sys
from pathlib import Path
from eventbus.bus import Record, TopicSpec
from eventbus.sqlite_log import SqliteBus

async def main(path, name, sends, batch, size):
    bus = await SqliteBus.open(Path(path))
    await bus.create_topics([TopicSpec("things.v1")])
    print("open", flush=True)
    for number in range(int(sends)):
        value = str(number).encode().ljust(int(size))
        await bus.send([Record("things.v1", name, value, {"part": str(part)}) for part in range(int(batch))])
    await bus.close()

asyncio.run(main(*sys.argv[1:]))
"""


def start_writer(
    path: Path, name: str, *, sends: int, batch: int = 1, size: int = 8, file_limit: int | None = None
) -> subprocess.Popen[bytes]:
    def limit() -> None:
        if file_limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    arguments = [str(path), name, str(sends), str(batch), str(size)]
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=limit,  # noqa: PLW1509 (before any other thread)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bus.db"


@pytest.fixture
async def bus(path: Path) -> AsyncIterator[SqliteBus]:
    bus = await SqliteBus.open(path)
    await bus.create_topics([THINGS])
    yield bus
    await bus.close()


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def has_compacted(path: Path) -> bool:
    return rows(path, "SELECT value FROM facts_of_the_log WHERE name = 'compaction_lease'") == [("0",)]


async def test_processes_that_start_and_write_together_lose_nothing(path: Path) -> None:
    writers = [start_writer(path, f"writer-{index}", sends=30) for index in range(4)]

    outcomes = [await asyncio.to_thread(writer.communicate, timeout=60) for writer in writers]

    assert [writer.returncode for writer in writers] == [0] * 4, outcomes
    found = rows(path, "SELECT key, group_concat(CAST(value AS TEXT), '') FROM log GROUP BY key ORDER BY key")
    expected = "".join(str(number).ljust(8) for number in range(30))
    assert found == [(f"writer-{index}", expected) for index in range(4)]


async def kill_in_mid_send(path: Path, key: str) -> None:
    writer = start_writer(path, key, sends=10_000, batch=50, size=2000)
    assert writer.stdout is not None
    await asyncio.to_thread(writer.stdout.readline)
    await eventually(
        lambda: (key,) in rows(path, "SELECT DISTINCT key FROM log"),
        within=timedelta(seconds=20),
        message="the writer has written",
    )
    writer.kill()
    await asyncio.to_thread(writer.communicate)


async def test_a_writer_killed_in_mid_send_leaves_all_or_nothing_and_a_file_that_works(path: Path) -> None:
    for attempt in range(4):
        await kill_in_mid_send(path, f"k{attempt}")

    bus = await SqliteBus.open(path)
    await bus.send([Record(THINGS.name, "after", b"1")])
    await bus.close()

    torn = rows(path, "SELECT key, value FROM log WHERE key <> 'after' GROUP BY key, value HAVING COUNT(*) <> 50")
    assert torn == []
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
    assert rows(path, "SELECT COUNT(*) FROM log WHERE key = 'after'") == [(1,)]


async def test_another_machine_is_refused_while_the_first_is_alive(path: Path, bus: SqliteBus) -> None:
    with pytest.raises(BusInUseElsewhere) as refused:
        await SqliteBus.open(path, machine="another")

    assert refused.value.retriable
    assert refused.value.age < timedelta(seconds=10)


async def test_another_machine_may_open_after_a_clean_stop(path: Path) -> None:
    first = await SqliteBus.open(path, machine="one")
    await first.close()

    second = await SqliteBus.open(path, machine="two")

    await second.close()


async def test_another_machine_may_open_ten_seconds_after_a_crash_and_then_the_first_may_not_write(path: Path) -> None:
    now = 1_000_000.0
    asleep = await SqliteBus.open(path, machine="one", clock=lambda: now)
    await asleep.create_topics([THINGS])
    await eventually(lambda: has_compacted(path), within=timedelta(seconds=5), message="the first upkeep is over")
    now += 10.5

    second = await SqliteBus.open(path, machine="two", clock=lambda: now)

    with pytest.raises(BusInUseElsewhere):
        await asleep.send([Record(THINGS.name, "a", b"1")])
    await second.close()
    await asleep.close()


async def test_a_beat_is_repeated(path: Path, bus: SqliteBus) -> None:
    first = rows(path, "SELECT MAX(beaten_at) FROM openers")

    await eventually(
        lambda: rows(path, "SELECT MAX(beaten_at) FROM openers") != first,
        within=timedelta(seconds=8),
        message="the heartbeat moved on",
    )


async def test_a_full_disk_is_unavailable_and_the_log_works_again_afterwards(path: Path, bus: SqliteBus) -> None:
    writer = start_writer(path, "big", sends=100, size=100_000, file_limit=2_000_000)

    _, complaint = await asyncio.to_thread(writer.communicate, timeout=60)

    assert b"BusUnavailable" in complaint
    await bus.send([Record(THINGS.name, "after", b"1")])
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_lock_that_is_never_released_is_unavailable(path: Path, bus: SqliteBus) -> None:
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")

    with pytest.raises(BusUnavailable):
        await bus.send([Record(THINGS.name, "a", b"1")])

    blocker.execute("ROLLBACK")
    blocker.close()
    await bus.send([Record(THINGS.name, "a", b"1")])


async def test_a_file_that_was_replaced_is_noticed_by_readers_and_writers(path: Path, bus: SqliteBus) -> None:
    old_id = await bus.cluster_id()
    async with bus.open_reader([THINGS.name]) as reader:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink()

        await bus.create_topics([THINGS])
        await bus.send([Record(THINGS.name, "a", b"1")])

        with pytest.raises(LogReplaced):
            await reader.receive(timeout=timedelta(seconds=5))
    assert await bus.cluster_id() != old_id
    assert rows(path, "SELECT key FROM log") == [("a",)]


async def test_offsets_are_never_used_again_when_the_last_row_was_compacted_away(path: Path) -> None:
    now = 1_000_000.0
    bus = await SqliteBus.open(path, clock=lambda: now)
    await bus.create_topics([THINGS])
    await bus.send([Record(THINGS.name, "a", b"1"), Record(THINGS.name, "a", None)])
    now += timedelta(days=8).total_seconds()

    await bus.compact()

    async with bus.open_reader([THINGS.name]) as reader:
        await reader.receive(timeout=timedelta(0))
        assert rows(path, "SELECT COUNT(*) FROM log") == [(0,)]
        assert reader.caught_up
        assert reader.positions == await reader.end_positions() == {(THINGS.name, 0): 3}
        assert await reader.beginning_positions() == {(THINGS.name, 0): 0}
        await bus.send([Record(THINGS.name, "a", b"2")])
        (record,) = await reader.receive(timeout=timedelta(seconds=5))
    assert record.offset == 3
    await bus.close()


async def test_a_tombstone_is_kept_for_a_week_and_never_revives_what_it_deleted(path: Path) -> None:
    now = 1_000_000.0
    bus = await SqliteBus.open(path, clock=lambda: now)
    await bus.create_topics([THINGS])
    await bus.send([Record(THINGS.name, "a", b"1"), Record(THINGS.name, "b", b"1"), Record(THINGS.name, "a", None)])

    now += timedelta(days=6).total_seconds()
    await bus.compact()
    after_six_days = rows(path, "SELECT key, value FROM log ORDER BY offset")
    now += timedelta(days=2).total_seconds()
    await bus.compact()
    after_eight_days = rows(path, "SELECT key, value FROM log ORDER BY offset")

    assert after_six_days == [("b", b"1"), ("a", None)]
    assert after_eight_days == [("b", b"1")]
    await bus.close()


async def test_a_writer_compacts_by_itself(path: Path) -> None:
    now = 1_000_000.0
    bus = await SqliteBus.open(path, clock=lambda: now)
    await bus.create_topics([THINGS])
    await bus.send([Record(THINGS.name, f"k{number % 10}", b"x") for number in range(5000)])
    now += 120

    await bus.send([Record(THINGS.name, "k0", b"y") for _ in range(1000)])

    await eventually(
        lambda: rows(path, "SELECT COUNT(*) FROM log") == [(1010,)],
        within=timedelta(seconds=10),
        message="superseded rows are gone",
    )
    await bus.close()


async def test_only_one_process_compacts_at_a_time(path: Path, bus: SqliteBus) -> None:
    await bus.compact()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(
        "UPDATE facts_of_the_log SET value = CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 30000"
        " WHERE name = 'compaction_lease'"
    )
    connection.close()
    before = rows(path, "SELECT value FROM facts_of_the_log WHERE name = 'compaction_lease'")

    await bus.compact()

    assert rows(path, "SELECT value FROM facts_of_the_log WHERE name = 'compaction_lease'") == before


async def test_the_write_ahead_log_does_not_grow_without_bound(path: Path, bus: SqliteBus) -> None:
    async with bus.open_reader([THINGS.name]) as reader:
        for number in range(60):
            await bus.send([Record(THINGS.name, f"k{number}", b"x" * 800_000)])
            await reader.receive(timeout=timedelta(seconds=1))

    assert path.stat().st_size > 40_000_000
    assert path.with_name(path.name + "-wal").stat().st_size < 17_000_000


async def test_nobody_else_may_read_the_file(path: Path, bus: SqliteBus) -> None:
    await bus.send([Record(THINGS.name, "a", b"1")])

    modes = {found.name: found.stat().st_mode & 0o777 for found in path.parent.glob("bus.db*")}

    assert set(modes.values()) == {0o600}, modes


def test_a_log_of_a_newer_release_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    async def open_it() -> None:
        await SqliteBus.open(path)

    with pytest.raises(BusUnavailable, match="newer release"):
        asyncio.run(open_it())
    eventually_sync(
        lambda: rows(path, "SELECT * FROM sqlite_master") == [], within=timedelta(seconds=1), message="empty"
    )
