"""The snapshot's file and the one before it. What is there is never half written: a new one is complete on the disk
before it takes the old one's place.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

import structlog

from contracts import Fact, Tombstone
from gateway.snapshot.lines import BrokenSnapshot, fact_line, head_line, last_line, read_head

_log = structlog.get_logger(__name__)

# So many facts are made into lines before others get the event loop: about a millisecond.
_SLICE = 200


@dataclass(frozen=True, slots=True)
class FoundSnapshot:
    """A whole one. `content` is for `read_facts`."""

    as_of: float
    content: bytes


class SnapshotFile:
    """One for each path. Of several processes with the same path one writes: who took the lock first, until it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._previous = path.with_name(path.name + ".previous")
        self._new = path.with_name(path.name + ".new")
        self._lock: int | None = None

    def read(self) -> FoundSnapshot | None:
        """The newest whole one; None where there is none. Blocks: for a thread."""
        for path in (self._path, self._previous):
            try:
                content = path.read_bytes()
                return FoundSnapshot(read_head(content), content)
            except FileNotFoundError:
                continue
            except (OSError, BrokenSnapshot) as error:
                _log.error("a snapshot cannot be used", path=str(path), reason=str(error))
        return None

    def take_lock(self) -> bool:
        """Whether this process is the one that writes."""
        if self._lock is None:
            lock = _open_private(self._path.with_name(self._path.name + ".lock"), os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                return False
            self._lock = lock
        return True

    def release_lock(self) -> None:
        """Somebody else may write."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def write(self, facts: Iterable[Fact | Tombstone], *, as_of: float) -> None:
        """Raises OSError; then the older ones are as they were."""
        try:
            await self._write_new(facts, as_of)
            await asyncio.to_thread(self._put_in_place)
        finally:
            self._new.unlink(missing_ok=True)

    async def _write_new(self, facts: Iterable[Fact | Tombstone], as_of: float) -> None:
        digest, lines = sha256(), 0
        with os.fdopen(_open_private(self._new, os.O_WRONLY | os.O_TRUNC), "wb") as new:
            for chunk, count in _chunks(facts, as_of):
                digest.update(chunk)
                lines += count
                await asyncio.to_thread(new.write, chunk)
            new.write(last_line(lines=lines, digest=digest.hexdigest()))
            new.flush()
            await asyncio.to_thread(os.fsync, new.fileno())

    def _put_in_place(self) -> None:
        if self._path.exists():
            self._path.replace(self._previous)
        self._new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _chunks(facts: Iterable[Fact | Tombstone], as_of: float) -> Iterator[tuple[bytes, int]]:
    """Bytes, and how many lines they are."""
    yield head_line(as_of), 1
    remaining = iter(facts)
    while part := [fact_line(fact) for fact in islice(remaining, _SLICE)]:
        yield b"".join(part), len(part)


def _open_private(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600)
