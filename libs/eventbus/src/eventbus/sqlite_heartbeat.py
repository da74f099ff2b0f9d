"""Who has the log file open: one machine at a time, any number of its processes.

SQLite's shared memory does not reach across machines, so two of them on one network file would destroy it. Some
process of each machine beats into the file; one that finds another machine's fresh beat refuses. Machines compare wall
clocks here.
"""

import platform
import sqlite3
from datetime import timedelta
from pathlib import Path

from eventbus.errors import BusInUseElsewhere

BEAT_EVERY = timedelta(seconds=4)
FRESH_FOR = timedelta(seconds=10)

# With the next look at most BEAT_EVERY later, the machine's beat is never older than 7 s.
_ENOUGH_MS = 3_000
_FORGET_AFTER = timedelta(days=1)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def this_machine() -> str:
    """The running kernel's boot id, which containers of one host share; elsewhere the machine's name."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return platform.node()


def claim(connection: sqlite3.Connection, *, opener: str, machine: str, now_ms: int) -> None:
    """Beat, inside the caller's transaction, unless another machine did. Raises BusInUseElsewhere."""
    fresh_ms = int(FRESH_FOR.total_seconds() * 1000)
    other = connection.execute(
        "SELECT machine, beaten_at FROM openers WHERE machine <> ? AND ABS(? - beaten_at) < ? LIMIT 1",
        (machine, now_ms, fresh_ms),
    ).fetchone()
    if other is not None:
        raise BusInUseElsewhere(other[0], age=timedelta(milliseconds=now_ms - other[1]))
    if _was_beaten(connection, machine=machine, since_ms=now_ms - _ENOUGH_MS):
        return
    connection.execute("INSERT OR REPLACE INTO openers VALUES (?, ?, ?)", (opener, machine, now_ms))
    forgotten_ms = now_ms - int(_FORGET_AFTER.total_seconds() * 1000)
    connection.execute("DELETE FROM openers WHERE beaten_at < ?", (forgotten_ms,))


def _was_beaten(connection: sqlite3.Connection, *, machine: str, since_ms: int) -> bool:
    """Whether a process of this machine has just beaten for all of them: each commit wakes every reader."""
    query = "SELECT 1 FROM openers WHERE machine = ? AND beaten_at >= ? LIMIT 1"
    return connection.execute(query, (machine, since_ms)).fetchone() is not None


def leave(connection: sqlite3.Connection, *, opener: str) -> None:
    """Take the beat back, so that another machine need not wait after a clean stop."""
    connection.execute("DELETE FROM openers WHERE opener = ?", (opener,))
