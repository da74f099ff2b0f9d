"""Keeps the snapshot fresh, and gives it to a gateway that starts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from contracts import UnreadableFact
from gateway.feed.feed import Feed
from gateway.snapshot.lines import read_facts
from gateway.snapshot.snapshot_file import SnapshotFile
from tokens.verifier import MAX_LIFETIME_SECONDS

_log = structlog.get_logger(__name__)

# Older than any token can be: see the decision page on snapshots.
OLDEST = timedelta(seconds=MAX_LIFETIME_SECONDS)
# Facts that do not change are confirmed so often: the snapshot says as of when they were all there were.
_CONFIRM_EVERY = timedelta(minutes=10)
# Writing takes at most this part of the time.
_SHARE = 0.05
_SKEW_SECONDS = 300.0


class SnapshotKeeper:
    """`run` is a background task of the gateway; `restore` is called once, before it."""

    def __init__(
        self,
        file: SnapshotFile,
        feed: Feed,
        *,
        every: timedelta,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.written_as_of: float | None = None
        self._file = file
        self._feed = feed
        self._every = every
        self._wall_clock = wall_clock
        self._written_batches = -1

    async def restore(self) -> None:
        """Puts the snapshot into the feed, unless there is none, or none that may be used."""
        found = await asyncio.to_thread(self._file.read)
        if found is None:
            return
        age = self._wall_clock() - found.as_of
        if not -_SKEW_SECONDS <= age < OLDEST.total_seconds():
            _log.error("the snapshot is too old to be used, so the bus is waited for", age_seconds=round(age))
            return
        self._feed.restore(read_facts(found.content, on_unreadable=_on_unreadable), as_of=found.as_of)
        self.written_as_of = found.as_of
        _log.info("the snapshot was read", age_seconds=round(age))

    async def run(self) -> None:
        """Ends only by cancellation."""
        pause = self._every.total_seconds()
        try:
            while True:
                await asyncio.sleep(pause)
                began = time.monotonic()
                if self._is_due() and self._file.take_lock():
                    await self._write()
                pause = max(self._every.total_seconds(), (time.monotonic() - began) / _SHARE)
        finally:
            self._file.release_lock()

    def _is_due(self) -> bool:
        """Only what the bus itself has told is written, never a snapshot's own facts with a newer date."""
        if not self._feed.follower.caught_up.is_set() or self._feed.follower.heard_at is None:
            return False
        has_changed = self._feed.batches_applied != self._written_batches
        written_as_of = self.written_as_of or 0.0
        is_unconfirmed = self._feed.as_of() - written_as_of >= _CONFIRM_EVERY.total_seconds()
        return has_changed or is_unconfirmed

    async def _write(self) -> None:
        batches, as_of = self._feed.batches_applied, self._feed.as_of()
        try:
            await self._file.write(self._feed.facts(), as_of=as_of)
        except OSError as error:
            _log.error("the snapshot cannot be written; the older one is kept", reason=str(error))
            return
        self.written_as_of, self._written_batches = as_of, batches


def _on_unreadable(error: UnreadableFact) -> None:
    _log.warning("a fact of the snapshot cannot be read", reason=str(error))
