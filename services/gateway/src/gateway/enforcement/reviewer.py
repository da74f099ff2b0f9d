"""The one task that judges touched sessions and closes those that must go, in short slices between the others' turns.

What waits is bounded by the number of open sessions: each waits once. Closes of a drain are spread over a while with
jitter, so that their clients do not come back in the same moment; all others are sent at once.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import structlog

from contracts.publisher import SessionBan
from gateway.enforcement.judgement import Closes, Judge, Judgement, Stays
from gateway.enforcement.touched import TouchedSessions
from gateway.policies.candidate import Case
from gateway.routing.route_table import RouteTable
from gateway.session.close_codes import CloseCode
from gateway.session.session import Session

_log = structlog.get_logger(__name__)

# As long as one slice may keep the event loop; a single session takes some tens of microseconds.
_SLICE_SECONDS = 0.003
_DRAINED_PER_SECOND = 100
_CLOCKS_DIFFER = timedelta(seconds=30)


class Adjustment(Protocol):
    """What follows when a session stays: it may have new limits, another plan, another end."""

    def __call__(self, session: Session, case: Case, *, is_kept: bool) -> None:
        """Quick, on the event loop. `is_kept`: the session stays on its older revision."""


class Reviewer:
    """`note` is given what the feed has applied; `run` is a background task of the gateway."""

    def __init__(
        self,
        touched: TouchedSessions,
        judge: Judge,
        *,
        table: Callable[[], RouteTable],
        adjust: Adjustment,
        drain_over: timedelta,
    ) -> None:
        self._touched = touched
        self._judge = judge
        self._table = table
        self._adjust = adjust
        self._drains = _Drains(drain_over)
        self._pending: dict[Session, Judgement | None] = {}
        self._wake = asyncio.Event()

    @property
    def is_busy(self) -> bool:
        """Whether touched sessions wait to be judged."""
        return bool(self._pending)

    def note(self, identities: Iterable[tuple[str, str]]) -> None:
        """These facts (topic and key) have changed. Costs what the sessions cost that they touch."""
        table = self._table()
        for topic, key in identities:
            sessions = self._touched.by(topic, key, table)
            if topic == SessionBan.topic.name:
                self._ban(sessions, table.session_ban(key))
            else:
                for session in sessions:
                    self._pending.setdefault(session, None)
        if self._pending:
            self._wake.set()

    def close(self, sessions: Iterable[Session], code: CloseCode) -> int:
        """Closes them, in slices too; returns how many were not closing already."""
        chosen = [session for session in sessions if not session.is_closing]
        self._pending |= dict.fromkeys(chosen, Closes(code))
        if chosen:
            self._wake.set()
        return len(chosen)

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            await self._something_to_do()
            self._review_slice()
            for session in self._drains.due():
                session.close(CloseCode.SERVICE_RESTART)
            await asyncio.sleep(0)

    def _ban(self, sessions: Sequence[Session], ban: SessionBan | None) -> None:
        if ban is None:
            return
        # A ban that ends at once (an order to close) is meant for what was open before, by clocks that differ a bit.
        until = (ban.until + _CLOCKS_DIFFER).timestamp()
        self.close([each for each in sessions if each.opened_at < until], CloseCode.POLICY_VIOLATION)

    async def _something_to_do(self) -> None:
        if self._pending:
            return
        self._wake.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drains.seconds_until_next()):
                await self._wake.wait()

    def _review_slice(self) -> None:
        loop = asyncio.get_running_loop()
        ends, closed = loop.time() + _SLICE_SECONDS, Counter[int]()
        while self._pending and loop.time() < ends:
            session = next(iter(self._pending))
            judgement = self._pending.pop(session)
            if not session.is_closing:
                self._settle(session, judgement, closed)
        if closed:
            _log.info("sessions closed by order or because facts changed", sessions=dict(closed))

    def _settle(self, session: Session, judgement: Judgement | None, closed: Counter[int]) -> None:
        try:
            judgement = judgement or self._judge.judge(session, self._table())
        except Exception:  # The task's outer edge: who cannot be judged is not let stay.
            _log.exception("a session cannot be judged", session_id=session.session_id)
            judgement = Closes(CloseCode.INTERNAL_ERROR)
        if isinstance(judgement, Stays):
            self._adjust(session, judgement.case, is_kept=judgement.is_kept)
        elif judgement.is_paced:
            self._drains.add(session, of_many=lambda: len(self._touched.of_api(session.labels.api_id)))
        else:
            closed[judgement.code] += 1
            session.close(judgement.code)


class _Drains:
    """Sessions that are to be closed, each at a time of its own, within `over` at the most."""

    def __init__(self, over: timedelta) -> None:
        self._over = over.total_seconds()
        self._due: list[tuple[float, str, Session]] = []
        self._scheduled: set[Session] = set()
        # Over how many seconds, for each revision that is drained; forgotten when nothing is left to be closed.
        self._spans: dict[tuple[str, str], float] = {}

    def add(self, session: Session, *, of_many: Callable[[], int]) -> None:
        """Once. `of_many` is asked for the first session of a revision: how many there are."""
        if session in self._scheduled:
            return
        revision = (session.labels.api_id, session.grounds.revision_id)
        if revision not in self._spans:
            self._spans[revision] = min(self._over, of_many() / _DRAINED_PER_SECOND)
        when = asyncio.get_running_loop().time() + random.uniform(0, self._spans[revision])  # noqa: S311  # jitter
        heapq.heappush(self._due, (when, session.session_id, session))
        self._scheduled.add(session)

    def due(self) -> list[Session]:
        """Those whose time has come; they are forgotten here."""
        now, found = asyncio.get_running_loop().time(), []
        while self._due and self._due[0][0] <= now:
            session = heapq.heappop(self._due)[2]
            self._scheduled.discard(session)
            found.append(session)
        if not self._due:
            self._spans.clear()
        return found

    def seconds_until_next(self) -> float | None:
        """None where nobody waits."""
        return max(0.0, self._due[0][0] - asyncio.get_running_loop().time()) if self._due else None
