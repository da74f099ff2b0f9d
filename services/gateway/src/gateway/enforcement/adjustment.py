"""What changes for a session that stays when facts change: its labels, its grounds, when it ends."""

from __future__ import annotations

from gateway.enforcement.session_index import SessionIndex
from gateway.policies.admission import expires_at, grounds_of, labels_of
from gateway.policies.candidate import Case
from gateway.session.session import Session


class SessionAdjustment:
    """An `Adjustment`."""

    def __init__(self, index: SessionIndex) -> None:
        self._index = index

    def __call__(self, session: Session, case: Case) -> None:
        """See Adjustment."""
        labels, grounds = labels_of(case), grounds_of(case)
        if labels != session.labels or grounds != session.grounds:
            self._index.relabel(session, labels=labels, grounds=grounds)
        session.expires_at = expires_at(case)
