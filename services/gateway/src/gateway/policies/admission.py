"""Decides on handshakes, in the order of the blueprint, from one route table each.

A handshake that would be refused only for an unknown reference token, consumer key or subscription waits up to a
second for the fact, since people connect right after they subscribe. So many may wait; the others get their refusal
at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from contracts.keymanager import KeyType
from contracts.publisher import ApiState
from contracts.publisher import Endpoint as DeployedEndpoint
from gateway.feed.feed import Feed
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, Decision, HandshakeAttempt
from gateway.handshake.credentials import find_credential
from gateway.handshake.refusal import Refusal
from gateway.policies.authentication import Authentication
from gateway.policies.subscription import Subscribed, check_subscription
from gateway.policies.verdict import MayArrive
from gateway.routing.channel import find_channel, required_scopes
from gateway.routing.route_table import Route, RouteTable
from gateway.session.session import SessionLabels
from gateway.upstream.endpoint import Endpoint, parse_endpoint
from gateway.upstream.errors import InvalidEndpoint
from tokens import LEEWAY_SECONDS, Principal

LONGEST_WAIT = timedelta(seconds=1)
MAX_WAITING = 1_000

_ROUTED = frozenset({ApiState.PUBLISHED, ApiState.PROTOTYPED, ApiState.DEPRECATED, ApiState.BLOCKED})

parsed_endpoint = lru_cache(maxsize=10_000)(parse_endpoint)


class FactsAdmission:
    """The `Admission` of a running gateway. At its end `is_stopping` is set (no longer ready, still accepting), then
    `is_draining` (new handshakes are refused)."""

    def __init__(self, feed: Feed, authentication: Authentication) -> None:
        self._feed = feed
        self._authentication = authentication
        self.is_stopping = False
        self.is_draining = False

    def decide(self, attempt: HandshakeAttempt) -> Decision | Awaitable[Decision]:
        """Now, unless a fact may be on its way."""
        verdict = self._verdict(attempt)
        if not isinstance(verdict, MayArrive):
            return verdict
        return self._decide_later(attempt) if self._feed.waiting < MAX_WAITING else verdict.refusal

    def confirm(self, attempt: HandshakeAttempt, admitted: Admitted) -> Refusal | None:
        """Asks again with the facts of now: the backend may have taken its time."""
        verdict = self._verdict(attempt)
        if isinstance(verdict, MayArrive):
            return verdict.refusal
        return verdict if isinstance(verdict, Refusal) else None

    def release(self, admitted: Admitted) -> None:
        """Nothing is reserved for a handshake."""

    async def _decide_later(self, attempt: HandshakeAttempt) -> Decision:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LONGEST_WAIT.total_seconds()
        while True:
            news = self._feed.news()
            verdict = self._verdict(attempt)
            # Many may have been decided on before the first of them began to wait.
            is_one_too_many = self._feed.waiting > MAX_WAITING
            if not isinstance(verdict, MayArrive) or is_one_too_many:
                news.cancel()
                return verdict.refusal if isinstance(verdict, MayArrive) else verdict
            try:
                await asyncio.wait_for(news, max(0.0, deadline - loop.time()))
            except TimeoutError:
                return verdict.refusal

    def _verdict(self, attempt: HandshakeAttempt) -> Decision | MayArrive:
        if self.is_draining:
            return refusals.DRAINING
        if not self._feed.is_caught_up:
            return refusals.NOT_READY
        table = self._feed.table
        routed = _find_channel(attempt, table)
        return routed if isinstance(routed, Refusal) else self._verdict_on_rights(attempt, routed, table)

    def _verdict_on_rights(
        self, attempt: HandshakeAttempt, routed: _RoutedChannel, table: RouteTable
    ) -> Decision | MayArrive:
        principal = self._principal(attempt, table)
        if not isinstance(principal, Principal):
            return principal
        if not self._is_key_manager_allowed(principal, routed.route):
            return refusals.INVALID_CREDENTIALS.described("The API does not trust the token's key manager.")
        subscribed = check_subscription(principal, api_id=routed.route.api.id, table=table)
        if not isinstance(subscribed, Subscribed):
            return subscribed
        if routed.scopes and not principal.scopes & routed.scopes:
            return refusals.INSUFFICIENT_SCOPE
        return _admitted(routed, principal, subscribed)

    def _principal(self, attempt: HandshakeAttempt, table: RouteTable) -> Principal | Refusal | MayArrive:
        credential = find_credential(attempt.head)
        if isinstance(credential, Refusal):
            return credential
        return self._authentication.authenticate(credential.token, table)

    def _is_key_manager_allowed(self, principal: Principal, route: Route) -> bool:
        allowed = route.api.key_managers
        issuer = self._feed.trust.issuer(principal.issuer)
        return "all" in allowed or (issuer is not None and issuer.name in allowed)


@dataclass(frozen=True, slots=True)
class _RoutedChannel:
    route: Route
    target: str
    scopes: frozenset[str]


def _find_channel(attempt: HandshakeAttempt, table: RouteTable) -> _RoutedChannel | Refusal:
    route = _find_route(attempt, table)
    if route is None:
        return refusals.NO_API
    channel = find_channel(route.deployment.operations, route.sub_path)
    if not channel:
        return refusals.NO_CHANNEL
    if route.api.state is ApiState.BLOCKED:
        return refusals.API_BLOCKED
    return _RoutedChannel(route, channel[0].target, required_scopes(channel))


def _find_route(attempt: HandshakeAttempt, table: RouteTable) -> Route | None:
    vhosts = table.vhosts()
    if not vhosts:
        return None
    asked = _host_name(attempt.head.host)
    vhost = next((vhost for vhost in vhosts if vhost.lower() == asked), vhosts[0])
    route = table.find_route(attempt.head.path, vhost=vhost)
    return route if route is not None and route.api.state in _ROUTED else None


def _host_name(host: str) -> str:
    """`Host` without its port, as compared: lower case, an IPv6 address without brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def _admitted(routed: _RoutedChannel, principal: Principal, subscribed: Subscribed) -> Decision:
    route, deployment = routed.route, routed.route.deployment
    is_sandbox = principal.key_type == KeyType.SANDBOX
    deployed = deployment.sandbox_endpoint if is_sandbox else deployment.production_endpoint
    endpoint = _endpoint(deployed)
    if isinstance(endpoint, Refusal):
        return endpoint
    labels = SessionLabels(
        api_id=route.api.id,
        application_id=subscribed.consumer_key.application_id,
        subscription_id=subscribed.subscription.id,
        consumer_key=principal.client_id,
        key_type=principal.key_type,
        user=principal.subject,
        token_id=principal.token_id,
        channel=routed.target,
    )
    return Admitted(endpoint, labels, sub_path=route.sub_path, expires_at=principal.expires_at + LEEWAY_SECONDS)


def _endpoint(deployed: DeployedEndpoint | None) -> Endpoint | Refusal:
    if deployed is None:
        return refusals.NO_ENDPOINT_FOR_KEY_TYPE
    try:
        return parsed_endpoint(deployed.url)
    except InvalidEndpoint as error:
        # The publisher checks endpoints when they are saved; what slipped through is the backend's fault to the client.
        return refusals.BACKEND_UNREACHABLE.described(str(error))
