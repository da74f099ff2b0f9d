"""Follow topics into memory for ever: from the beginning, then live, through every outage of the bus.

Nothing that was applied is ever taken back: a log that shrank or was replaced is read again from its beginning and
applied on top. So `apply` must stand duplicates and old versions, as every reader of facts must.
Owns no task: the caller runs `run()` in its task group and cancels it to stop.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from eventbus.bus import EventBus, Positions, Reader, ReceivedRecord
from eventbus.errors import BusError, PositionOutOfRange

_log = logging.getLogger(__name__)

Apply = Callable[[Sequence[ReceivedRecord]], None]

_RECEIVE_TIMEOUT = timedelta(seconds=5)
_LAG_EVERY_SECONDS = 5.0


class Follower:
    """Gives every record of some topics to `apply`, in batches, on the event loop.

    `caught_up` is set once every topic has been read to the end it had at the first opening, and stays set.
    For metrics: `connected`, `lag_records` (by topic: offsets between the positions and the ends, looked up every 5 s;
    empty while unknown), `last_record_at` (by topic: when the newest record was written), `heard_at` (monotonic time of
    the last such look; None before the first), `applied` and `rejected` (counts).
    """

    def __init__(
        self,
        bus: EventBus,
        topics: Collection[str],
        apply: Apply,
        *,
        on_error: Callable[[Exception], None] | None = None,
        first_pause: timedelta = timedelta(milliseconds=100),
        longest_pause: timedelta = timedelta(seconds=5),
    ) -> None:
        self.caught_up = asyncio.Event()
        self.connected = False
        self.lag_records: dict[str, int] = {}
        self.last_record_at: dict[str, datetime] = {}
        self.heard_at: float | None = None
        self.applied = 0
        self.rejected = 0
        self._bus = bus
        self._topics = tuple(topics)
        self._apply = apply
        self._on_error = on_error
        self._first_pause = first_pause.total_seconds()
        self._longest_pause = longest_pause.total_seconds()
        self._pause = self._first_pause
        self._positions: dict[tuple[str, int], int] | None = None
        self._cluster_id: str | None = None
        self._lag_looked_up_at = float("-inf")

    async def run(self) -> None:
        """Follow until cancelled; whatever the bus does, it is reported to `on_error` and tried again."""
        while True:
            try:
                await self._follow()
            except PositionOutOfRange as error:
                self._positions = None
                self._report(error)
            except BusError as error:
                self._report(error)
            finally:
                self.connected = False
                self.lag_records = {}
            await self._wait_before_retry()

    async def _follow(self) -> None:
        cluster_id = await self._bus.cluster_id()
        if cluster_id != self._cluster_id:
            self._positions = None
        async with self._bus.open_reader(self._topics, self._positions) as reader:
            self._cluster_id = cluster_id
            self.connected = True
            self._lag_looked_up_at = float("-inf")
            # Empty topics are read to their end before anything is received.
            self._note_caught_up(reader)
            while True:
                await self._receive(reader)
                # A long replay comes in many batches, and others want the event loop between them.
                await asyncio.sleep(0)

    async def _receive(self, reader: Reader) -> None:
        records = await reader.receive(timeout=_RECEIVE_TIMEOUT)
        if records:
            self._apply_all(records)
        self._positions = reader.positions
        self._pause = self._first_pause
        self._note_caught_up(reader)
        if time.monotonic() - self._lag_looked_up_at >= _LAG_EVERY_SECONDS:
            self._lag_looked_up_at = time.monotonic()
            self._note_lag(self._positions, await reader.end_positions())

    def _note_lag(self, positions: Positions, ends: Positions) -> None:
        self.heard_at = time.monotonic()
        lag = dict.fromkeys(self._topics, 0)
        for (topic, partition), end in ends.items():
            lag[topic] += max(0, end - positions.get((topic, partition), 0))
        self.lag_records = lag

    def _note_caught_up(self, reader: Reader) -> None:
        if reader.caught_up:
            self.caught_up.set()

    def _apply_all(self, records: Sequence[ReceivedRecord]) -> None:
        try:
            self._apply(records)
            self.applied += len(records)
        except Exception as error:  # The task's outer edge: a bug in `apply` must not end the following.
            self._report(error)
            self._apply_one_by_one(records)
        for record in records:
            self.last_record_at[record.topic] = record.written_at

    def _apply_one_by_one(self, records: Sequence[ReceivedRecord]) -> None:
        # Applying again is harmless, and so only the records that cannot be applied are left out.
        for record in records:
            try:
                self._apply([record])
                self.applied += 1
            except Exception as error:  # The same edge, one record at a time.
                self.rejected += 1
                _log.exception("cannot apply %s/%s offset %s", record.topic, record.partition, record.offset)
                self._report(error)

    def _report(self, error: Exception) -> None:
        if isinstance(error, BusError):
            _log.warning("following %s was interrupted: %s", ", ".join(self._topics), error)
        if self._on_error is not None:
            self._on_error(error)

    async def _wait_before_retry(self) -> None:
        # The jitter keeps many gateways from coming back to a restarted broker in the same moment.
        await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)
        self._pause = min(self._pause * 2, self._longest_pause)
