"""All open sessions of this gateway.

Promises that a session is here from before its first frame until both its connections are gone, and that observers
hear of both moments exactly once. It owns no task; whoever awaits ``close_all`` owns the pacing.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Protocol

from gateway.session.session import Session


class SessionObserver(Protocol):
    """Told of every session. Must be quick and must not raise: it is called from the transports' callbacks."""

    def session_opened(self, session: Session) -> None:
        """The client is about to get its 101."""

    def session_closed(self, session: Session) -> None:
        """Both connections are gone; code, closer and counters are final."""


class SessionRegistry:
    """See the module."""

    __slots__ = ("_empty", "_observers", "_sessions")

    def __init__(self, observers: tuple[SessionObserver, ...] = ()) -> None:
        self._sessions: dict[str, Session] = {}
        self._observers = observers
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._sessions.values()))

    def find(self, session_id: str) -> Session | None:
        """The open session with this id, or None."""
        return self._sessions.get(session_id)

    def add(self, session: Session) -> None:
        """A session opens."""
        if not self._sessions:
            self._empty.clear()
        self._sessions[session.session_id] = session
        for observer in self._observers:
            observer.session_opened(session)

    def remove(self, session: Session) -> None:
        """A session has ended."""
        if self._sessions.pop(session.session_id, None) is None:
            return
        if not self._sessions:
            self._empty.set()
        for observer in self._observers:
            observer.session_closed(session)

    def select(self, predicate: Callable[[Session], bool]) -> list[Session]:
        """The open sessions that satisfy ``predicate``, oldest first."""
        return [session for session in self._sessions.values() if predicate(session)]

    def close_where(self, predicate: Callable[[Session], bool], *, code: int, reason: str | None = None) -> int:
        """Close the sessions that satisfy ``predicate`` now; return how many."""
        chosen = [session for session in self.select(predicate) if not session.is_closing]
        for session in chosen:
            session.close(code, reason)
        return len(chosen)

    async def close_all(self, code: int, *, reason: str | None = None, over: timedelta = timedelta(0)) -> None:
        """Close every session at a steady, jittered rate, so that not all clients reconnect in the same instant.

        Returns when the last Close was sent; see ``wait_empty`` for their end. Sessions that open meanwhile are
        closed too, at the end.
        """
        sessions = list(self._sessions.values())
        random.shuffle(sessions)
        loop = asyncio.get_running_loop()
        started, step = loop.time(), over.total_seconds() / max(1, len(sessions))
        for index, session in enumerate(sessions):
            due = started + step * (index + random.random())  # noqa: S311 - jitter, not a secret
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            session.close(code, reason)
        self.close_where(lambda _: True, code=code, reason=reason)

    def abort_all(self) -> None:
        """Cut off what is left; the sessions end as soon as the event loop comes to it."""
        for session in self:
            session.abort()

    async def wait_empty(self) -> None:
        """Wait until no session is left. The caller sets the time limit."""
        await self._empty.wait()
