"""The rules of a gateway: who is let in, and what becomes of open sessions when a fact changes."""

from __future__ import annotations

from dataclasses import dataclass

from backends.sealing import Seal
from gateway.enforcement.adjustment import RelabelObserver, SessionAdjustment
from gateway.enforcement.judgement import Judge
from gateway.enforcement.reviewer import Reviewer
from gateway.enforcement.selection import SessionSelection
from gateway.enforcement.session_index import SessionIndex
from gateway.enforcement.touched import TouchedSessions
from gateway.feed.feed import Feed
from gateway.policies.admission import FactsAdmission
from gateway.policies.authentication import Authentication
from gateway.policies.backend_headers import BackendHeaders
from gateway.policies.credentials import CredentialsCheck
from gateway.policies.session_limits import LimitsInForce
from gateway.quotas.quotas import Quotas, SessionMeters
from gateway.session.registry import SessionRegistry
from gateway.settings import Settings, listed
from gateway.upstream.backend_groups import BackendGroups
from tokens.assertion import AssertionSigner


@dataclass(frozen=True, slots=True)
class Rules:
    """`admission` decides handshakes, before the quotas; `reviewer` is told of facts and closes or adjusts sessions."""

    admission: FactsAdmission
    selection: SessionSelection
    reviewer: Reviewer


def make_rules(
    settings: Settings,
    *,
    feed: Feed,
    quotas: Quotas,
    sessions: SessionRegistry,
    index: SessionIndex,
    relabelled: tuple[RelabelObserver, ...],
    signer: AssertionSigner,
    seal: Seal | None,
) -> Rules:
    """`index` is told of the `sessions`. The reviewer hears from the feed, and needs its task."""
    authentication = Authentication(feed.trust)
    limits = LimitsInForce(settings.session_limits, max_inspected_bytes=settings.max_inspected_bytes)
    selection = SessionSelection(sessions, index)
    meters = SessionMeters(quotas, table=lambda: feed.table)
    reviewer = Reviewer(
        TouchedSessions(index, selection),
        Judge(CredentialsCheck(authentication, feed.trust)),
        table=lambda: feed.table,
        adjust=SessionAdjustment(index, limits, (quotas, *relabelled), meters=meters),
        drain_over=settings.redeploy_drain_duration,
    )
    feed.add_listener(reviewer.note)
    admission = FactsAdmission(
        feed,
        authentication,
        BackendGroups(seal),
        BackendHeaders(signer),
        limits=limits,
        portal_origins=listed(settings.portal_origins),
    )
    return Rules(admission, selection, reviewer)
