"""Which open sessions a changed fact may concern. Every other session is left alone, so the cost of a change is that
of the sessions it touches.

A fact that only adds rights, or that a new handshake alone looks at (a default version), touches nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contracts import Fact
from contracts.devportal import Application, Subscription
from contracts.keymanager import ConsumerKey, Issuer, ReferenceToken, Revocation, RevocationKind, SigningKey
from contracts.publisher import Api, DenyPolicy, DenyType, Deployment, Plan, SessionBan, SubscriptionControl
from gateway.enforcement.selection import SessionSelection, selector_of
from gateway.enforcement.session_index import SessionIndex
from gateway.routing.deny_index import denied_interval, denied_paths
from gateway.routing.route_table import RouteTable
from gateway.session.session import Session

_GROUPED: dict[type[Fact], str] = {
    Api: "api_id",
    Application: "application_id",
    Subscription: "subscription_id",
    SubscriptionControl: "subscription_id",
    ConsumerKey: "consumer_key",
    Issuer: "issuer",
    SigningKey: "signing_key_id",
    Plan: "plan",
}


class TouchedSessions:
    """See the module."""

    def __init__(self, index: SessionIndex, selection: SessionSelection) -> None:
        self._index = index
        self._selection = selection
        self._finders: dict[str, Callable[[str, RouteTable], Sequence[Session]]] = {
            Deployment.topic.name: self._of_deployment,
            ReferenceToken.topic.name: lambda key, _: self._index.of_token(key),
            Revocation.topic.name: self._of_revocation,
            DenyPolicy.topic.name: self._of_deny_policy,
            SessionBan.topic.name: self._of_ban,
        }

    def by(self, topic: str, key: str, table: RouteTable) -> Sequence[Session]:
        """The sessions that the fact with this key may concern, by the table that knows the fact."""
        field = _FIELDS.get(topic)
        if field is not None:
            return self._index.grouped(field, key)
        finder = self._finders.get(topic)
        return finder(key, table) if finder else ()

    def of_api(self, api_id: str) -> Sequence[Session]:
        """The sessions of an API."""
        return self._index.grouped("api_id", api_id)

    def _of_deployment(self, key: str, table: RouteTable) -> Sequence[Session]:
        api_id, _, environment = key.partition(":")
        return self._index.grouped("api_id", api_id) if environment == table.environment else ()

    def _of_revocation(self, key: str, table: RouteTable) -> Sequence[Session]:
        kind, _, identity = key.partition(":")
        if kind == RevocationKind.TOKEN:
            return self._index.of_token(identity)
        if kind == RevocationKind.CLIENT:
            return self._index.grouped("consumer_key", identity)
        return self._index.of_user(identity)

    def _of_deny_policy(self, key: str, table: RouteTable) -> Sequence[Session]:
        policy = table.deny_policy(key)
        if policy is None or not policy.enabled:
            return ()
        if policy.type is DenyType.USER:
            return self._index.of_user(policy.value)
        if policy.type is DenyType.API:
            return self._of_paths(policy, table)
        if policy.type is DenyType.APPLICATION:
            return self._of_application(policy, table)
        denied = denied_interval(policy)
        if denied is None:
            return ()
        return self._index.of_addresses(lambda number: (denied.first <= number <= denied.last) != policy.invert)

    def _of_paths(self, policy: DenyPolicy, table: RouteTable) -> Sequence[Session]:
        api_ids = {api_id for path in denied_paths(policy.value) for api_id in table.api_ids_at(path)}
        return [session for api_id in api_ids for session in self._index.grouped("api_id", api_id)]

    def _of_application(self, policy: DenyPolicy, table: RouteTable) -> Sequence[Session]:
        found: list[Session] = []
        for application_id in self._index.application_ids():
            application = table.application(application_id)
            if application is not None and f"{application.owner}:{application.name}" == policy.value:
                found += self._index.grouped("application_id", application_id)
        return found

    def _of_ban(self, key: str, table: RouteTable) -> Sequence[Session]:
        ban = table.session_ban(key)
        selector = None if ban is None else selector_of(ban)
        return self._selection.find(selector) if selector and selector.named() else ()


_FIELDS = {kind.topic.name: field for kind, field in _GROUPED.items()}
