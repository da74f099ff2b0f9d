"""Forgetting in the SQLite log: superseded rows, old tombstones, rows past their retention.

Works in bounded steps, each a few small transactions, so that a writer never waits long. The work is in proportion to
what was appended since the last time, not to the size of the log. A lease keeps processes from doing it at once; were
it lost, two would do the same harmless deletions.
"""

import sqlite3
from functools import partial
from itertools import takewhile

from eventbus.bus import ALL_KEPT, TOMBSTONES_KEPT
from eventbus.sqlite_file import in_transaction

_STEP_ROWS = 1000
_LEASE_MS = 60_000
_ALL_KEPT_MS = int(ALL_KEPT.total_seconds() * 1000)

_DELETE_SUPERSEDED = """
DELETE FROM log WHERE offset IN (
    SELECT old.offset
    FROM (SELECT key, MAX(offset) AS last FROM log
          WHERE topic = :topic AND offset >= :cleaned_to AND offset < :upto GROUP BY key) AS fresh
    JOIN log AS old ON old.topic = :topic AND old.key = fresh.key AND old.offset < fresh.last
)
"""
# A tombstone before cleaned_to has already removed what it deletes, so it may go without reviving anything.
_DELETE_TOMBSTONES = """
DELETE FROM log WHERE offset IN (
    SELECT offset FROM log
    WHERE value IS NULL AND topic = :topic AND written_at < :before AND offset < :cleaned_to LIMIT :rows
)
"""


def take_lease(connection: sqlite3.Connection, *, now_ms: int) -> bool:
    """Whether this process may compact now; the lease ends by itself after a minute."""
    held = connection.execute("SELECT value FROM facts_of_the_log WHERE name = 'compaction_lease'").fetchone()
    if held is not None and now_ms < int(held[0]) <= now_ms + _LEASE_MS:
        return False
    _write_lease(connection, until_ms=now_ms + _LEASE_MS)
    return True


def return_lease(connection: sqlite3.Connection) -> None:
    """Let the next one in at once."""
    _write_lease(connection, until_ms=0)


def compact_step(connection: sqlite3.Connection, *, now_ms: int) -> bool:
    """Forget a bounded part of every topic; whether there is more to do."""
    topics = connection.execute("SELECT name, compacted, retention_ms FROM topics").fetchall()
    more = False
    for topic, compacted, retention_ms in topics:
        if compacted:
            more |= _remove_superseded(connection, topic, before_ms=now_ms - _ALL_KEPT_MS)
            more |= in_transaction(connection, partial(_remove_tombstones, topic=topic, now_ms=now_ms))
        if retention_ms is not None:
            more |= in_transaction(connection, partial(_trim, topic=topic, before_ms=now_ms - retention_ms))
    return more


def _remove_superseded(connection: sqlite3.Connection, topic: str, *, before_ms: int) -> bool:
    if not _is_dirty(connection, topic, before_ms=before_ms):
        return False
    return in_transaction(connection, partial(_clean_next_rows, topic=topic, before_ms=before_ms))


def _is_dirty(connection: sqlite3.Connection, topic: str, *, before_ms: int) -> bool:
    first = connection.execute(
        "SELECT log.written_at FROM topics JOIN log ON log.topic = topics.name AND log.offset >= topics.cleaned_to"
        " WHERE topics.name = ? ORDER BY log.offset LIMIT 1",
        (topic,),
    ).fetchone()
    return first is not None and first[0] < before_ms


def _clean_next_rows(connection: sqlite3.Connection, *, topic: str, before_ms: int) -> bool:
    (cleaned_to,) = connection.execute("SELECT cleaned_to FROM topics WHERE name = ?", (topic,)).fetchone()
    rows = connection.execute(
        "SELECT offset, written_at FROM log WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT ?",
        (topic, cleaned_to, _STEP_ROWS),
    ).fetchall()
    old = [offset for offset, _ in takewhile(lambda row: row[1] < before_ms, rows)]
    if not old:
        return False
    upto = old[-1] + 1
    connection.execute(_DELETE_SUPERSEDED, {"topic": topic, "cleaned_to": cleaned_to, "upto": upto})
    connection.execute("UPDATE topics SET cleaned_to = ? WHERE name = ?", (upto, topic))
    return len(old) == _STEP_ROWS


def _remove_tombstones(connection: sqlite3.Connection, *, topic: str, now_ms: int) -> bool:
    (cleaned_to,) = connection.execute("SELECT cleaned_to FROM topics WHERE name = ?", (topic,)).fetchone()
    before = now_ms - int(TOMBSTONES_KEPT.total_seconds() * 1000)
    wanted = {"topic": topic, "before": before, "cleaned_to": cleaned_to, "rows": _STEP_ROWS}
    return connection.execute(_DELETE_TOMBSTONES, wanted).rowcount == _STEP_ROWS


def _trim(connection: sqlite3.Connection, *, topic: str, before_ms: int) -> bool:
    oldest = connection.execute(
        "SELECT offset, written_at FROM log WHERE topic = ? ORDER BY offset LIMIT ?", (topic, _STEP_ROWS)
    ).fetchall()
    # Only a prefix goes, as in Kafka, so that everything from first_offset on can be trusted to be there.
    old = [offset for offset, _ in takewhile(lambda row: row[1] < before_ms, oldest)]
    if not old:
        return False
    connection.execute("DELETE FROM log WHERE topic = ? AND offset <= ?", (topic, old[-1]))
    connection.execute("UPDATE topics SET first_offset = ? WHERE name = ?", (old[-1] + 1, topic))
    return len(old) == _STEP_ROWS


def _write_lease(connection: sqlite3.Connection, *, until_ms: int) -> None:
    connection.execute("INSERT OR REPLACE INTO facts_of_the_log VALUES ('compaction_lease', ?)", (str(until_ms),))
