"""The log's SQLite file: schema, connections, transactions.

WAL with `synchronous=FULL`: a committed record survives a power cut. Every connection waits up to five seconds for a
lock. All of it blocks: callers run it in a thread. No record is interpreted here.
"""

import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from eventbus.errors import BusUnavailable

T = TypeVar("T")

_SCHEMA_VERSION = 1
_LOCK_WAIT_SECONDS = 5.0
_WAL_LIMIT_BYTES = 16 * 1024 * 1024

# AUTOINCREMENT keeps an offset from being given twice when the newest row is compacted away. A topic's next_offset is
# written with its rows, so the end of a topic is right even when nothing of it is left.
_SCHEMA = """
CREATE TABLE log (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB,
    headers TEXT NOT NULL,
    written_at INTEGER NOT NULL
);
CREATE INDEX log_by_topic ON log (topic);
CREATE INDEX log_by_key ON log (topic, key);
CREATE INDEX log_tombstones ON log (topic, written_at) WHERE value IS NULL;
CREATE TABLE topics (
    name TEXT PRIMARY KEY,
    compacted INTEGER NOT NULL,
    retention_ms INTEGER,
    first_offset INTEGER NOT NULL DEFAULT 0,
    next_offset INTEGER NOT NULL DEFAULT 0,
    cleaned_to INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE openers (opener TEXT PRIMARY KEY, machine TEXT NOT NULL, beaten_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE facts_of_the_log (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@contextmanager
def sqlite_errors() -> Iterator[None]:
    """Turn what SQLite and the file system say into BusUnavailable: locked, full, unreadable are worth a retry."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise BusUnavailable(f"the log file: {error}") from error


def file_identity(path: Path) -> tuple[int, int]:
    """Which file the path names now; another one after a restore or a removal. Raises OSError when there is none."""
    found = path.stat()
    return found.st_dev, found.st_ino


def is_same_file(path: Path, identity: tuple[int, int]) -> bool:
    """Whether the path still names that file; not when it names none."""
    try:
        return file_identity(path) == identity
    except FileNotFoundError:
        return False


def create_log(path: Path) -> None:
    """Make the file and its tables unless they are there; several processes may do so at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The log holds sealed credentials and hashes of tokens: nobody but the owner reads it. WAL and shm follow its mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = connect(path)
    try:
        _enter_wal_mode(connection)
        in_transaction(connection, _create_tables)
    finally:
        connection.close()


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode, whose commits survive a power cut."""
    connection = sqlite3.connect(path, timeout=_LOCK_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
    return connection


def in_transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Run `work` in one write transaction: all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def in_light_transaction(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """The same without waiting for the disk: a power cut may forget this transaction, but nothing before it."""
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        return in_transaction(connection, work)
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def cluster_id_of(connection: sqlite3.Connection) -> str:
    """The identity the log was given when it was created."""
    value = connection.execute("SELECT value FROM facts_of_the_log WHERE name = 'cluster_id'").fetchone()[0]
    return str(value)


def _enter_wal_mode(connection: sqlite3.Connection) -> None:
    # The change of mode does not wait for locks by itself, and processes that start together do it together.
    deadline = time.monotonic() + _LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _create_tables(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _SCHEMA_VERSION:
        raise sqlite3.DatabaseError(f"written by a newer release (schema {version}, this one knows {_SCHEMA_VERSION})")
    if version == _SCHEMA_VERSION:
        return
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO facts_of_the_log VALUES ('cluster_id', ?)", (uuid.uuid4().hex,))
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
