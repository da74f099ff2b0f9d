"""The access log as an observer of sessions and handshakes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Final

from gateway.access_log.line import LineFormat, Values, quoted
from gateway.access_log.rate_limit import RateLimit
from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.routing.route_table import RouteTable
from gateway.session.registry import SessionRegistry
from gateway.session.session import NOBODY, Session, SessionLabels

# Strangers must not fill a disk with handshakes; even less those that send no whole request.
_REFUSALS_PER_SECOND, _REFUSALS_AT_ONCE = 10, 100
_FRAGMENTS_PER_SECOND, _FRAGMENTS_AT_ONCE = 1, 1
_REMEMBERED_LABELS = 4096
_CARRIED = ("seconds", "messages_in", "bytes_in", "messages_out", "bytes_out")
_QUOTED_INITIATORS: Final = {name: quoted(name) for name in ("client", "backend", "gateway")}
# So many lines are made before others get the event loop.
_SLICE = 50


class AccessLog:
    """A SessionObserver and HandshakeObserver. Owns no task: `report_open_sessions` is run by the gateway."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        form: LineFormat,
        table: Callable[[], RouteTable],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._write = write
        self._form = form
        self._join = form.join
        self._table = table
        self._wall_clock = wall_clock
        self._refusals = RateLimit(per_second=_REFUSALS_PER_SECOND, burst=_REFUSALS_AT_ONCE)
        self._fragments = RateLimit(per_second=_FRAGMENTS_PER_SECOND, burst=_FRAGMENTS_AT_ONCE)
        self._session_part = form.part("session", "trace", "address")
        self._labels_part = form.part("api", "api_version", "api_id", "channel", "application", "user", "plan")
        self._carried_part = form.part(*_CARRIED)
        self._ended_part = form.part("close_code", "initiator", *_CARRIED)
        # The same users come again and again, and the names of an API never change.
        self._remembered_labels = lru_cache(maxsize=_REMEMBERED_LABELS)(self._new_labels)

    def session_opened(self, session: Session) -> None:
        """See SessionObserver."""
        self._log("session opened", self._session(session))

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        code = session.close_code
        traffic = session.traffic
        ended = self._ended_part.written(
            "null" if code is None else str(code),
            _QUOTED_INITIATORS[session.initiator],
            self._seconds(session),
            str(traffic.messages_from_client),
            str(traffic.bytes_from_client),
            str(traffic.messages_from_backend),
            str(traffic.bytes_from_backend),
        )
        self._log("session closed", self._session(session) + self._join + ended)

    def refused(self, refusal: Refusal, attempt: HandshakeAttempt | None, *, peer_address: str) -> None:
        """See HandshakeObserver."""
        limit = self._fragments if attempt is None else self._refusals
        skipped = limit.take()
        if skipped is None:
            return
        values: Values = {
            "status": refusal.status,
            "code": refusal.code,
            "refusal": refusal.name,
            "address": attempt.client_address if attempt else peer_address,
        }
        if attempt is not None:
            values |= {"host": attempt.head.host, "path": attempt.head.path, "trace": attempt.trace.trace_id}
        if skipped:
            values["not_logged"] = skipped
        labels = attempt.labels if attempt else NOBODY
        self._log("handshake refused", self._form.values(values) + self._join + self._labels(labels))

    def accepted(self, admitted: Admitted, attempt: HandshakeAttempt, *, seconds: float) -> None:
        """The line was written when the session opened."""

    async def report_open_sessions(self, registry: SessionRegistry, *, every: timedelta) -> None:
        """A line for each open session about every so often, spread evenly. Ends only by cancellation."""
        while True:
            sessions = tuple(registry)
            slices = [sessions[start : start + _SLICE] for start in range(0, len(sessions), _SLICE)] or [()]
            for part in slices:
                await asyncio.sleep(every.total_seconds() / len(slices))
                for session in part:
                    if registry.find(session.session_id) is session:
                        self._report(session)

    def _report(self, session: Session) -> None:
        traffic = session.traffic
        carried = self._carried_part.written(
            self._seconds(session),
            str(traffic.messages_from_client),
            str(traffic.bytes_from_client),
            str(traffic.messages_from_backend),
            str(traffic.bytes_from_backend),
        )
        self._log("session open", self._session(session) + self._join + carried)

    def _session(self, session: Session) -> str:
        # The ids are made of hexadecimal digits.
        whose = self._session_part.written(
            f'"{session.session_id}"', f'"{session.trace_id}"', quoted(session.client_address)
        )
        return whose + self._join + self._labels(session.labels)

    def _labels(self, labels: SessionLabels) -> str:
        """Less than all labels say: a token's user is known, though the token is not."""
        return self._remembered_labels(labels.api_id, labels.channel, labels.application_id, labels.user, labels.plan)

    def _new_labels(self, api_id: str, channel: str, application_id: str, user: str, plan: str) -> str:
        api = self._table().api(api_id)
        name, version = (api.name, api.api_version) if api else ("", "")
        return self._labels_part.of(name, version, api_id, channel, application_id, user, plan)

    def _seconds(self, session: Session) -> str:
        thousandths = max(0, int((self._wall_clock() - session.opened_at) * 1000))
        return f"{thousandths // 1000}.{str(1000 + thousandths % 1000)[1:]}"

    def _log(self, event: str, parts: str) -> None:
        self._write(self._form.line(event, self._wall_clock(), parts))
