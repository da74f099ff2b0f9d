"""Which sessions are to be told: those that live long enough to be met by a tick, again when they have carried
something or an hour has passed, and once more when they have ended.

A session that begins and ends between two ticks is never told, so a storm of short ones costs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from contracts import Fact
from contracts.gateway import Session as SessionFact
from gateway.reporting.versions import Versions
from gateway.session.session import Session, SessionLabels

# Each told session is looked at once in so many ticks (five minutes); one that has carried nothing is told hourly.
TICKS_OF_A_ROUND = 60
LONGEST_SILENCE = timedelta(hours=1)
_MAX_ENDED = 10_000


class _Told(NamedTuple):
    at: float
    messages: int


class SessionReport:
    """A `SessionObserver`. Everything that `due` gives counts as told until `failed` says otherwise."""

    def __init__(self, *, instance_id: str, environment: str, versions: Versions) -> None:
        self._instance_id = instance_id
        self._environment = environment
        self._versions = versions
        self._new: dict[Session, None] = {}
        self._told: dict[Session, _Told] = {}
        self._again: dict[Session, None] = {}
        self._ended: dict[str, SessionFact] = {}
        # Of the batch that is being sent.
        self._unheard: dict[str, Session] = {}
        self.dropped = 0

    def session_opened(self, session: Session) -> None:
        """See SessionObserver."""
        self._new[session] = None

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        self._again.pop(session, None)
        if self._told.pop(session, None) is not None:
            self._remember_ended(self._fact(session, datetime.now(UTC), is_closed=True))
        else:
            self._new.pop(session, None)

    def session_relabelled(self, session: Session, *, before: SessionLabels) -> None:
        """It goes on with another plan, say: told at the next tick, where it was told before."""
        if session in self._told:
            self._again[session] = None

    def due(self, now: datetime) -> Iterator[list[Fact]]:
        """What is to be told at this tick, in batches. Sessions may open and end between two batches."""
        yield from self._batches(self._take_ended())
        yield from self._batches(self._tell_all(_drained(self._new), now))
        yield from self._batches(self._tell_all(_drained(self._again), now))
        yield from self._batches(self._round(now))

    def failed(self, batch: Iterable[Fact]) -> None:
        """A batch may not have been heard: told again at the next tick."""
        for session in self._unheard.values():
            if session in self._told:
                self._again[session] = None
        for fact in batch:
            if isinstance(fact, SessionFact) and fact.closed_at is not None:
                self._remember_ended(fact)

    def _take_ended(self) -> Iterator[SessionFact]:
        while self._ended:
            yield self._ended.pop(next(iter(self._ended)))

    def _round(self, now: datetime) -> Iterator[SessionFact]:
        """The next part of the told sessions, oldest look first."""
        part = -(-len(self._told) // TICKS_OF_A_ROUND)
        for session in list(islice(self._told, part)):
            told = self._told.pop(session, None)
            if told is None:
                continue
            is_silent_for_long = now.timestamp() - told.at >= LONGEST_SILENCE.total_seconds()
            if is_silent_for_long or _messages(session) != told.messages:
                yield self._tell(session, now)
            else:
                self._told[session] = told

    def _tell_all(self, sessions: Iterator[Session], now: datetime) -> Iterator[SessionFact]:
        # Not a generator expression: mypyc makes that a list, and these must be made batch by batch.
        for session in sessions:
            yield self._tell(session, now)

    def _tell(self, session: Session, now: datetime) -> SessionFact:
        self._told[session] = _Told(now.timestamp(), _messages(session))
        self._unheard[session.session_id] = session
        return self._fact(session, now, is_closed=False)

    def _remember_ended(self, fact: SessionFact) -> None:
        self._ended[fact.id] = fact
        if len(self._ended) > _MAX_ENDED:
            del self._ended[next(iter(self._ended))]
            self.dropped += 1

    def _batches(self, facts: Iterator[SessionFact]) -> Iterator[list[Fact]]:
        while batch := list(islice(facts, BATCH)):
            yield [*batch]
            self._unheard.clear()

    def _fact(self, session: Session, now: datetime, *, is_closed: bool) -> SessionFact:
        labels, traffic = session.labels, session.traffic
        return SessionFact(
            version=self._versions.next(),
            id=session.session_id,
            instance_id=self._instance_id,
            environment=self._environment,
            api_id=labels.api_id,
            application_id=labels.application_id,
            subscription_id=labels.subscription_id,
            plan=labels.plan,
            consumer_key=labels.consumer_key,
            key_type=labels.key_type,
            user=labels.user,
            channel=labels.channel,
            client_address=session.client_address,
            opened_at=datetime.fromtimestamp(session.opened_at, UTC),
            told_at=now,
            closed_at=now if is_closed else None,
            close_code=session.close_code if is_closed else None,
            closer=session.closer.value if is_closed and session.closer else None,
            messages_from_client=traffic.messages_from_client,
            bytes_from_client=traffic.bytes_from_client,
            messages_from_backend=traffic.messages_from_backend,
            bytes_from_backend=traffic.bytes_from_backend,
        )


# So many facts are built between two turns of the event loop: about two milliseconds.
BATCH = 100


def _drained(sessions: dict[Session, None]) -> Iterator[Session]:
    """Those that are there now, taken out one by one."""
    for _ in range(len(sessions)):
        session = next(iter(sessions), None)
        if session is None:
            return
        del sessions[session]
        yield session


def _messages(session: Session) -> int:
    traffic = session.traffic
    return traffic.messages_from_client + traffic.messages_from_backend
