"""Keeps the route table and the trust store up to date with the bus.

`run` is a background task of the gateway. The table is swapped by one reference, so whoever reads it holds a
consistent world. A log that shrinks or is replaced never empties the table: nothing is removed but by a fact that
says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from contracts import UnreadableFact, decode
from eventbus.bus import EventBus, ReceivedRecord
from eventbus.following import Follower
from gateway.routing.route_table import TABLE_FACTS, RouteTable
from tokens import TrustStore
from tokens.trust import TRUST_TOPICS

_log = structlog.get_logger(__name__)

Identity = tuple[str, str]
Listener = Callable[[Sequence[Identity]], None]

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
        if not self.follower.caught_up.is_set():
            return "facts are still being read"
        if not self.trust.has_keys:
            return "no signing key of a trusted issuer is known yet"
        if not self.table.has_environment():
            return "no gateway environment is known yet"
        return None

    def _apply(self, records: Sequence[ReceivedRecord]) -> None:
        table, changed = self.table, list[Identity]()
        for record in records:
            try:
                fact = decode(record.topic, record.key, record.value, record.headers)
            except UnreadableFact as error:
                self.unreadable += 1
                _log.error("a fact cannot be read", topic=record.topic, key=record.key, reason=str(error))
                continue
            if record.topic in _TABLE_TOPICS:
                newer = table.with_fact(fact)
                if newer is table:
                    continue
                table = newer
            else:
                self.trust.apply(fact)
            changed.append((record.topic, record.key))
        self.table = table
        self.batches_applied += 1
        for listener in self._listeners:
            listener(changed)
        for future in tuple(self._waiting):
            if not future.done():
                future.set_result(None)
