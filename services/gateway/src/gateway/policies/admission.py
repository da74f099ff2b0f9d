"""Decides on handshakes: a list of checks in the order of the blueprint, asked of one route table each.

A handshake that would be refused only for an unknown reference token, consumer key or subscription waits up to a
second for the fact, since people connect right after they subscribe. So many may wait; the others get their refusal
at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from contracts.publisher import PlanLevel
from gateway.feed.feed import Feed
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, Decision, HandshakeAttempt
from gateway.handshake.refusal import Refusal
from gateway.inspection.message_rules import MessageRules, message_rules
from gateway.policies.authentication import Authentication
from gateway.policies.backend_headers import BackendHeaders
from gateway.policies.ban import check_ban
from gateway.policies.candidate import Candidate, Case, Check, HandshakeCheck
from gateway.policies.credentials import CredentialsCheck
from gateway.policies.denial import check_denied_person, check_denied_place
from gateway.policies.endpoint import check_endpoint, key_type_of
from gateway.policies.life_cycle import LifeCycleCheck, check_block
from gateway.policies.origin import OriginCheck
from gateway.policies.route import check_channel, check_route
from gateway.policies.scopes import check_scopes
from gateway.policies.session_limits import LimitsInForce
from gateway.policies.subscription import check_subscription
from gateway.policies.verdict import MayArrive
from gateway.routing.uri_mapping import UnknownPlaceholder, mapped_target
from gateway.session.grounds import Grounds
from gateway.session.limits import UNLIMITED
from gateway.session.session import NOBODY, SessionLabels
from gateway.upstream.backend_groups import BackendGroups
from tokens import LEEWAY_SECONDS
from tokens.assertion import AssertionSigner

LONGEST_WAIT = timedelta(seconds=1)
MAX_WAITING = 1_000


# What follows the credentials, for handshakes and for sessions that are judged again.
RIGHTS_IN_ORDER: tuple[Check, ...] = (
    check_denied_person,
    check_subscription,
    check_ban,
    check_scopes,
    check_endpoint,
)


def checks_in_order(
    feed: Feed, authentication: Authentication, *, portal_origins: Iterable[str]
) -> tuple[HandshakeCheck, ...]:
    """The middle of the blueprint's list, from the route to the endpoint: each is one module of this package."""
    check_credentials = CredentialsCheck(authentication, feed.trust)
    return (
        check_route,
        LifeCycleCheck(check_credentials),
        check_channel,
        check_block,
        OriginCheck(portal_origins),
        check_denied_place,
        check_credentials,
        *RIGHTS_IN_ORDER,
    )


class FactsAdmission:
    """The `Admission` of a running gateway. At its end `is_draining` is set: what still asks is refused."""

    def __init__(
        self,
        feed: Feed,
        authentication: Authentication,
        backends: BackendGroups | None = None,
        headers: BackendHeaders | None = None,
        *,
        limits: LimitsInForce | None = None,
        portal_origins: Iterable[str] = (),
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._feed = feed
        self._max_waiting = max_waiting
        self._backends = backends or BackendGroups()
        self._headers = headers or BackendHeaders(AssertionSigner(issuer="sluice-gateway"))
        self._limits = limits or LimitsInForce(UNLIMITED)
        self._checks = checks_in_order(feed, authentication, portal_origins=portal_origins)
        self.is_draining = False

    def refuse_all(self) -> None:
        """From now on: the gateway is about to end."""
        self.is_draining = True

    def decide(self, attempt: HandshakeAttempt) -> Decision | Awaitable[Decision]:
        """Now, unless a fact may be on its way."""
        verdict = self._verdict(attempt)
        if not isinstance(verdict, MayArrive):
            return verdict
        return self._decide_later(attempt) if self._feed.waiting < self._max_waiting else verdict.refusal

    def confirm(self, attempt: HandshakeAttempt, admitted: Admitted) -> Refusal | None:
        """Asks again where there was any fact since: the backend may have taken its time. Expiry is for the session."""
        if admitted.facts_seen == self._feed.batches_applied and not self.is_draining:
            return None
        found = self._examine(attempt)
        if isinstance(found, MayArrive):
            return found.refusal
        return found if isinstance(found, Refusal) else None

    def release(self, admitted: Admitted) -> None:
        """Nothing is reserved for a handshake."""

    async def _decide_later(self, attempt: HandshakeAttempt) -> Decision:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LONGEST_WAIT.total_seconds()
        while True:
            news = self._feed.news()
            verdict = self._verdict(attempt)
            # Many may have been decided on before the first of them began to wait.
            is_one_too_many = self._feed.waiting > self._max_waiting
            if not isinstance(verdict, MayArrive) or is_one_too_many:
                news.cancel()
                return verdict.refusal if isinstance(verdict, MayArrive) else verdict
            try:
                await asyncio.wait_for(news, max(0.0, deadline - loop.time()))
            except TimeoutError:
                return verdict.refusal

    def _verdict(self, attempt: HandshakeAttempt) -> Decision | MayArrive:
        found = self._examine(attempt)
        return self._admitted(found) if isinstance(found, Candidate) else found

    def _examine(self, attempt: HandshakeAttempt) -> Candidate | Refusal | MayArrive:
        """The candidate that has passed every check, or the first objection."""
        if self.is_draining:
            return refusals.DRAINING
        if not self._feed.is_caught_up:
            return refusals.NOT_READY
        candidate = Candidate(self._feed.table, attempt)
        for check in self._checks:
            objection = check(candidate)
            if objection is not None:
                attempt.labels = labels_so_far(candidate)
                return objection
        return candidate

    def _admitted(self, candidate: Candidate) -> Decision:
        route = candidate.route
        try:
            mapped = mapped_target(candidate.channel.operations, route.sub_path)
        except UnknownPlaceholder:
            # The publisher checks mappings when they are saved; what slipped through is the backend's to the client.
            return refusals.BACKEND_UNREACHABLE.described("The channel's URI mapping cannot be filled.")
        return Admitted(
            self._backends.find(route.deployment, key_type_of(candidate)),
            labels_of(candidate),
            grounds=grounds_of(candidate),
            sub_path=route.sub_path,
            mapped_target=mapped,
            extra_headers=self._headers(candidate),
            limits=self._limits.of_channel(route.deployment, candidate.channel.target),
            message_rules=rules_of(candidate),
            expires_at=expires_at(candidate),
            facts_seen=self._feed.batches_applied,
        )


def rules_of(case: Case) -> MessageRules | None:
    """What the messages of the session's channel must be like; None where the API does not say."""
    validation = case.route.deployment.validation
    return None if validation is None else message_rules(validation, case.channel.target)


def expires_at(case: Case) -> float | None:
    """When a session that was opened with this credential ends; None on an open channel."""
    return None if case.principal is None else case.principal.expires_at + LEEWAY_SECONDS


def labels_of(case: Case) -> SessionLabels:
    """Whose session it is that has passed the checks."""
    principal, subscriber = case.principal, case.subscriber
    return SessionLabels(
        api_id=case.route.api.id,
        application_id="" if subscriber is None else subscriber.application_id,
        subscription_id="" if subscriber is None else subscriber.subscription_id,
        consumer_key="" if principal is None else principal.client_id,
        key_type="" if principal is None else principal.key_type,
        user="" if principal is None else principal.subject,
        token_id="" if principal is None else principal.token_id,
        channel=case.channel.target,
        plan=case.plan,
    )


def labels_so_far(case: Case) -> SessionLabels:
    """Whose handshake it was that a check has refused."""
    if not hasattr(case, "channel"):
        return SessionLabels(api_id=case.route.api.id) if hasattr(case, "route") else NOBODY
    labels = labels_of(case)
    return labels if case.subscriber is not None else replace(labels, plan="")


def grounds_of(case: Case) -> Grounds:
    """What a session must remember to be judged again."""
    route, target = case.route, case.channel.target
    return Grounds(
        principal=case.principal,
        vhost=route.deployment.vhost,
        revision_id=route.deployment.revision_id,
        sub_path=target if route.sub_path == target else route.sub_path,
        plans=_plans(case),
    )


def _plans(case: Case) -> tuple[str, ...]:
    subscriber = case.subscriber
    of_application = None if subscriber is None else subscriber.application_plan
    return _plan_keys(case.plan, of_application, case.route.api.api_plan)


@lru_cache(maxsize=10_000)
def _plan_keys(of_subscription: str, of_application: str | None, of_api: str | None) -> tuple[str, ...]:
    """Sessions with the same plans share one object."""
    levels = (PlanLevel.SUBSCRIPTION, PlanLevel.APPLICATION, PlanLevel.API)
    names = (of_subscription, of_application, of_api)
    return tuple(f"{level}:{name}" for level, name in zip(levels, names, strict=True) if name)
