"""The one task that tells what the reports have to say: sessions at each tick of 5 s, use at every second one.

A bus that is away is not waited for longer than a tick: what was not heard is told again with the next one.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from contracts import Fact, encode
from eventbus.bus import EventBus, Record
from eventbus.errors import BusError
from gateway.reporting.session_report import SessionReport
from gateway.reporting.usage_report import UsageReport
from gateway.reporting.versions import Versions
from gateway.session.registry import SessionRegistry

_log = structlog.get_logger(__name__)

TICK = timedelta(seconds=5)
_TICKS_OF_USE = 2
# What a stopping gateway may take for its last words.
_LAST_WORDS = timedelta(seconds=1)


class Report(Protocol):
    """What the task asks of a report."""

    def failed(self, batch: Sequence[Fact]) -> None:
        """A batch may not have been heard."""


class Reporter:
    """`run` is a background task of the gateway."""

    def __init__(self, bus: EventBus, *, sessions: SessionReport, usage: UsageReport) -> None:
        self._bus = bus
        self._sessions = sessions
        self._usage = usage

    @property
    def observers(self) -> tuple[SessionReport, UsageReport]:
        """Those who must hear of every session."""
        return self._sessions, self._usage

    async def run(self, registry: SessionRegistry) -> None:
        """Ends only by cancellation; says at the end what has changed since the last tick."""
        tick = 0
        try:
            while True:
                await asyncio.sleep(TICK.total_seconds())
                tick += 1
                await self.report(registry, with_use=tick % _TICKS_OF_USE == 0, within=TICK)
        finally:
            await self.report(registry, with_use=True, within=_LAST_WORDS)

    async def report(self, registry: SessionRegistry, *, with_use: bool, within: timedelta) -> None:
        """Tells what is due now; gives up at the first batch that is not heard within the time that is left."""
        now = datetime.now(UTC)
        deadline = asyncio.get_running_loop().time() + within.total_seconds()
        is_heard = await self._tell(self._sessions, self._sessions.due(now), deadline)
        if with_use:
            await self._usage.look(registry, now=now)
            if is_heard:
                await self._tell(self._usage, self._usage.due(), deadline)

    async def _tell(self, report: Report, batches: Iterator[list[Fact]], deadline: float) -> bool:
        for batch in batches:
            is_heard = False
            try:
                async with asyncio.timeout_at(deadline):
                    await self._bus.send([_record(fact) for fact in batch])
                is_heard = True
            except (BusError, TimeoutError) as error:
                _log.warning("a report was not heard", facts=len(batch), reason=str(error) or type(error).__name__)
                return False
            finally:
                if not is_heard:
                    report.failed(batch)
            # Small sends may end at once, and others want the event loop between two batches.
            await asyncio.sleep(0)
        return True


def new_reporter(bus: EventBus, *, instance_id: str, environment: str) -> Reporter:
    """A reporter with nothing to say yet."""
    versions = Versions()
    told = SessionReport(instance_id=instance_id, environment=environment, versions=versions)
    return Reporter(bus, sessions=told, usage=UsageReport(instance_id=instance_id, versions=versions))


def _record(fact: Fact) -> Record:
    sent = encode(fact, source="gateway", event_id=str(uuid.uuid4()), written_at=datetime.now(UTC))
    return Record(sent.topic, sent.key, sent.value, sent.headers)
