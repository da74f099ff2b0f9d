"""What changes for a session that stays when facts change: its labels, its grounds, its limits, when it ends."""

from __future__ import annotations

from typing import Protocol

from gateway.enforcement.session_index import SessionIndex
from gateway.policies.admission import expires_at, grounds_of, labels_of
from gateway.policies.candidate import Case
from gateway.policies.session_limits import LimitsInForce
from gateway.quotas.quotas import Quotas
from gateway.session.session import Session, SessionLabels


class RelabelObserver(Protocol):
    """Wants to know of sessions that go on with other labels. Quick, on the event loop."""

    def session_relabelled(self, session: Session, *, before: SessionLabels) -> None:
        """The session has its new labels already."""


class SessionAdjustment:
    """An `Adjustment`."""

    def __init__(
        self,
        index: SessionIndex,
        limits: LimitsInForce,
        quotas: Quotas,
        observers: tuple[RelabelObserver, ...] = (),
    ) -> None:
        self._index = index
        self._limits = limits
        self._quotas = quotas
        self._observers = observers

    def __call__(self, session: Session, case: Case) -> None:
        """See Adjustment."""
        before, labels, grounds = session.labels, labels_of(case), grounds_of(case)
        if labels != before or grounds != session.grounds:
            self._index.relabel(session, labels=labels, grounds=grounds)
        if labels != before:
            for observer in self._observers:
                observer.session_relabelled(session, before=before)
        metering = self._quotas.metering(labels, case.table, address=session.client_address)
        session.use_meter(metering.meter)
        deployed = case.route.deployment.limits
        session.use_limits(self._limits.of(deployed, max_message_bytes=metering.max_message_bytes))
        session.expires_at = expires_at(case)
