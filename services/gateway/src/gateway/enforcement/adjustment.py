"""What changes for a session that stays when facts change: its labels, its limits, its meter, when it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from gateway.enforcement.session_index import SessionIndex
from gateway.policies.admission import expires_at, grounds_of, labels_of
from gateway.policies.candidate import Case
from gateway.policies.session_limits import LimitsInForce
from gateway.session.meter import Meter
from gateway.session.session import Session, SessionLabels


class RelabelObserver(Protocol):
    """Wants to know of sessions that go on with other labels. Quick, on the event loop."""

    def session_relabelled(self, session: Session, *, before: SessionLabels) -> None:
        """The session has its new labels already."""


class Meters(Protocol):
    """What the plans of now ask of a session, by its labels and address."""

    def meter_of(self, session: Session) -> Meter:
        """The same meter while the plans are the same."""

    def max_message_bytes_of(self, session: Session) -> int | None:
        """The least that a plan allows; None where none says."""


class SessionAdjustment:
    """An `Adjustment`. Without `meters` no plan limits anybody."""

    def __init__(
        self,
        index: SessionIndex,
        limits: LimitsInForce,
        observers: tuple[RelabelObserver, ...] = (),
        *,
        meters: Meters | None = None,
    ) -> None:
        self._index = index
        self._limits = limits
        self._observers = observers
        self._meters = meters

    def __call__(self, session: Session, case: Case, *, is_kept: bool) -> None:
        """See Adjustment. What is kept has its new plans, but the route and the API's limits of its older revision."""
        before, labels, grounds = session.labels, labels_of(case), grounds_of(case)
        if is_kept:
            grounds = replace(session.grounds, principal=grounds.principal, plans=grounds.plans)
        if labels != before or grounds != session.grounds:
            self._index.relabel(session, labels=labels, grounds=grounds)
        if labels != before:
            for observer in self._observers:
                observer.session_relabelled(session, before=before)
        session.expires_at = expires_at(case)
        max_message_bytes = None
        if self._meters is not None:
            session.use_meter(self._meters.meter_of(session))
            max_message_bytes = self._meters.max_message_bytes_of(session)
        if is_kept:
            session.use_limits(self._limits.with_plans(session.limits, max_message_bytes))
            return
        deployment, target = case.route.deployment, case.channel.target
        session.use_limits(self._limits.of(deployment, target=target, max_message_bytes=max_message_bytes))
