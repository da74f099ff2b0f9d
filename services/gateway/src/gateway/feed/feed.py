"""Keeps the route table and the trust store up to date with the bus. It may begin with the facts of a snapshot, which
count only where the bus is away at the start: one that is there is read to its end first.

`run` is a background task of the gateway. The table is swapped by one reference, so whoever reads it holds a
consistent world. A log that shrinks or is replaced never empties the table: nothing is removed but by a fact that
says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import structlog

from contracts import Fact, Tombstone, UnreadableFact, decode
from eventbus.bus import EventBus, ReceivedRecord
from eventbus.following import Follower
from gateway.routing.route_table import TABLE_FACTS, RouteTable
from tokens import TrustStore
from tokens.trust import TRUST_TOPICS

_log = structlog.get_logger(__name__)

Identity = tuple[str, str]
Listener = Callable[[Sequence[Identity]], None]

# How long a gateway that starts with a snapshot waits for the bus.
_PATIENCE_SECONDS = 1.0
_TABLE_TOPICS = frozenset(fact.topic.name for fact in TABLE_FACTS)


class Feed:
    """Readiness is `check`; `news` wakes those who wait for a fact that may still be on its way. While
    `batches_applied` is the same, so is everything that is decided from.
    """

    def __init__(self, bus: EventBus, *, environment: str) -> None:
        self.trust = TrustStore()
        self.table = RouteTable(environment)
        self.unreadable = 0
        self.batches_applied = 0
        self.follower = Follower(bus, (*TRUST_TOPICS, *_TABLE_TOPICS), self._apply)
        self._listeners: list[Listener] = []
        self._waiting: set[asyncio.Future[None]] = set()
        self._is_caught_up = False
        self._began_at = time.monotonic()
        self._restored_as_of: float | None = None

    def restore(self, facts: Iterable[Fact | Tombstone], *, as_of: float) -> None:
        """Begins with what was known at that POSIX time. Called before `run`, at most once."""
        for fact in facts:
            self._take(fact)
        self._restored_as_of = as_of

    def facts(self) -> Iterator[Fact | Tombstone]:
        """All that is known as of now, and what is known to be deleted, for a snapshot. The table's part does not
        change while it is read."""
        return chain(self.trust.facts(), self.table.facts())

    def as_of(self) -> float:
        """The last POSIX time at which nothing was known to be missing; the process's begin where there was none."""
        heard_at = self.follower.heard_at
        if heard_at is None and self._restored_as_of is not None:
            return self._restored_as_of
        return time.time() - (time.monotonic() - (self._began_at if heard_at is None else heard_at))

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self.follower.run()

    @property
    def is_caught_up(self) -> bool:
        """Whether handshakes can be decided; once true it stays so, whatever becomes of the bus."""
        if not self._is_caught_up:
            self._is_caught_up = self._why_not() is None
        return self._is_caught_up

    async def check(self) -> str | None:
        """A readiness check."""
        return None if self.is_caught_up else self._why_not()

    def news(self) -> asyncio.Future[None]:
        """Done at the next fact that is applied. Whoever stops waiting cancels it."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def add_listener(self, listener: Listener) -> None:
        """Calls back after each batch, with the topic and key of every fact that was news."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> int:
        """How many wait for news."""
        return len(self._waiting)

    def _why_not(self) -> str | None:
        if not self.follower.caught_up.is_set() and not self._may_serve_restored():
            return "facts are still being read"
        if not self.trust.has_keys:
            return "no signing key of a trusted issuer is known yet"
        if not self.table.has_environment():
            return "no gateway environment is known yet"
        return None

    def _may_serve_restored(self) -> bool:
        waited = time.monotonic() - self._began_at
        return self._restored_as_of is not None and not self.follower.connected and waited >= _PATIENCE_SECONDS

    def _take(self, fact: Fact | Tombstone) -> bool:
        """Whether it may be news."""
        topic = fact.topic if isinstance(fact, Tombstone) else fact.topic.name
        if topic not in _TABLE_TOPICS:
            self.trust.apply(fact)
            return True
        newer = self.table.with_fact(fact)
        is_news = newer is not self.table
        self.table = newer
        return is_news

    def _apply(self, records: Sequence[ReceivedRecord]) -> None:
        changed: list[Identity] = []
        for record in records:
            try:
                fact = decode(record.topic, record.key, record.value, record.headers)
            except UnreadableFact as error:
                self.unreadable += 1
                _log.error("a fact cannot be read", topic=record.topic, key=record.key, reason=str(error))
                continue
            if self._take(fact):
                changed.append((record.topic, record.key))
        self.batches_applied += 1
        for listener in self._listeners:
            listener(changed)
        for future in tuple(self._waiting):
            if not future.done():
                future.set_result(None)
