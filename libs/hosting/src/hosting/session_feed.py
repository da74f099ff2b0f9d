"""The open sessions of all living gateways, followed into memory: what a service shows of them needs no database.

Gateways tell a session a few seconds after it opened, now and then while it is open, and when it has ended. One that
was silent for 30 s is gone, and its sessions with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from contracts import Fact, Tombstone, UnreadableFact, decode
from contracts.gateway import Instance, Session
from eventbus.bus import EventBus, ReceivedRecord
from eventbus.following import Follower

_log = structlog.get_logger(__name__)

GONE_AFTER = timedelta(seconds=30)
_SWEEP_EVERY_SECONDS = 30.0


class OpenSessions(Protocol):
    """What use cases ask of the feed."""

    def find(self, session_id: str) -> Session | None:
        """The session, where it is open."""
        ...

    def select(self, predicate: Callable[[Session], bool]) -> Sequence[Session]:
        """The open sessions that satisfy `predicate`, oldest first."""
        ...


class SessionFeed:
    """`run` is a background task of the service. `clock` gives aware moments in UTC."""

    def __init__(self, bus: EventBus, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._heard: dict[str, datetime] = {}
        self._sessions: dict[str, Session] = {}
        self._swept_at = time.monotonic()
        self._follower = Follower(bus, (Instance.topic.name, Session.topic.name), self._apply)

    async def run(self) -> None:
        """Ends only by cancellation."""
        await self._follower.run()

    def find(self, session_id: str) -> Session | None:
        """The session, where it is open."""
        session = self._sessions.get(session_id)
        return session if session is not None and self._is_alive(session.instance_id) else None

    def select(self, predicate: Callable[[Session], bool]) -> Sequence[Session]:
        """The open sessions that satisfy `predicate`, oldest first."""
        found = [each for each in self._sessions.values() if predicate(each) and self._is_alive(each.instance_id)]
        return sorted(found, key=lambda session: (session.opened_at, session.id))

    def _is_alive(self, instance_id: str) -> bool:
        heard = self._heard.get(instance_id)
        return heard is not None and self._clock() - heard < GONE_AFTER

    def _apply(self, records: Sequence[ReceivedRecord]) -> None:
        for record in records:
            try:
                self._take(decode(record.topic, record.key, record.value, record.headers), record)
            except UnreadableFact as error:
                _log.error("a fact cannot be read", topic=record.topic, key=record.key, reason=str(error))
        if time.monotonic() - self._swept_at > _SWEEP_EVERY_SECONDS:
            self._sweep()

    def _take(self, fact: Fact | Tombstone, record: ReceivedRecord) -> None:
        if isinstance(fact, Session):
            self._take_session(fact)
        elif isinstance(fact, Instance) and not fact.deleted:
            # The log's clock, which all gateways share; their own may differ.
            self._heard[fact.id] = record.written_at
        elif record.topic == Instance.topic.name:
            self._heard.pop(fact.key, None)
        else:
            self._sessions.pop(fact.key, None)

    def _take_session(self, session: Session) -> None:
        held = self._sessions.get(session.id)
        if held is not None and session.version <= held.version:
            return
        if session.closed_at is None and not session.deleted:
            self._sessions[session.id] = session
        else:
            self._sessions.pop(session.id, None)

    def _sweep(self) -> None:
        self._swept_at = time.monotonic()
        self._heard = {name: heard for name, heard in self._heard.items() if self._is_alive(name)}
        self._sessions = {key: each for key, each in self._sessions.items() if each.instance_id in self._heard}
