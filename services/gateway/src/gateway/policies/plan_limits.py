"""The last checks of a handshake: is there anything left of the quotas of its plans, and a place for one more session.

An `Admission` around another one, which has decided on everything else. A plan that limits connections makes a
handshake wait for its place: a claim on the log and back.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import lru_cache

from contracts.publisher import PlanLevel
from gateway.handshake import refusals
from gateway.handshake.admission import Admission, Admitted, Decision, HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.quotas.metering import Metering
from gateway.quotas.quotas import Quotas
from gateway.routing.route_table import RouteTable
from gateway.session.limits import SessionLimits

# WSO2's codes of "Message throttled out" by level.
_CODES = {PlanLevel.SUBSCRIPTION: 900804, PlanLevel.APPLICATION: 900803, PlanLevel.API: 900800}


class LimitedAdmission:
    """See the module. `table` gives the facts of now."""

    def __init__(self, inner: Admission, quotas: Quotas, *, table: Callable[[], RouteTable]) -> None:
        self._inner = inner
        self._quotas = quotas
        self._table = table

    def decide(self, attempt: HandshakeAttempt) -> Decision | Awaitable[Decision]:
        """See Admission."""
        decision = self._inner.decide(attempt)
        if isinstance(decision, Admitted):
            return self._limit(attempt, decision)
        return decision if isinstance(decision, Refusal) else self._decide_later(attempt, decision)

    def confirm(self, attempt: HandshakeAttempt, admitted: Admitted) -> Refusal | None:
        """See Admission."""
        return self._inner.confirm(attempt, admitted)

    def release(self, admitted: Admitted) -> None:
        """See Admission."""
        self._quotas.give_back_places(admitted.labels, address=admitted.client_address)
        self._inner.release(admitted)

    async def _decide_later(self, attempt: HandshakeAttempt, waited_for: Awaitable[Decision]) -> Decision:
        decision = await waited_for
        if isinstance(decision, Refusal):
            return decision
        limited = self._limit(attempt, decision)
        return await limited if inspect.isawaitable(limited) else limited

    def _limit(self, attempt: HandshakeAttempt, admitted: Admitted) -> Decision | Awaitable[Decision]:
        """Completes what was decided for this attempt."""
        labels, address = admitted.labels, attempt.client_address
        metering = self._quotas.metering(labels, self._table(), address=address)
        spent = self._quotas.prepare(metering)
        if spent is not None:
            attempt.labels = labels
            code = _CODES[spent.plan.owner.level]
            return replace(refusals.QUOTA_EXCEEDED, code=code).with_retry_after(max(1, math.ceil(spent.seconds)))
        admitted.client_address = address
        _apply(metering, admitted)
        if metering.limits_connections:
            return self._find_places(attempt, admitted, metering)
        self._quotas.take_places(labels, address=address)
        return admitted

    async def _find_places(self, attempt: HandshakeAttempt, admitted: Admitted, metering: Metering) -> Decision:
        full = await self._quotas.ask_places(metering)
        if full is None:
            return admitted
        attempt.labels = admitted.labels
        return replace(refusals.TOO_MANY_CONNECTIONS, code=_CODES[full.owner.level])


@lru_cache(maxsize=10_000)
def _with_message_limit(limits: SessionLimits, max_message_bytes: int) -> SessionLimits:
    """Sessions with the same limits share one object."""
    return replace(limits, max_message_bytes=max_message_bytes)


def _apply(metering: Metering, admitted: Admitted) -> None:
    admitted.meter = metering.meter
    admitted.may_drop = admitted.may_drop or metering.may_drop
    most = metering.max_message_bytes
    if most is not None and most < admitted.limits.max_message_bytes:
        admitted.limits = _with_message_limit(admitted.limits, most)
