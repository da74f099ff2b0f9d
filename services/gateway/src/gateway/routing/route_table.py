"""Everything the gateway decides from, as one immutable value.

A fact makes a new table that shares all but the path it touches (persistent maps), so one change costs the same with
ten APIs as with a hundred thousand, and a handshake that began with one table ends with it. Facts may come in any
order and more than once: the table depends only on the newest of each thing. It holds no tokens and no signing keys;
those are in `tokens.TrustStore`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from immutables import Map

from contracts import Fact, Tombstone
from contracts.devportal import Application, Subscription
from contracts.keymanager import ConsumerKey, ReferenceToken
from contracts.publisher import Api, DefaultVersion, Deployment, Environment, Plan, SubscriptionControl
from gateway.routing.path import BasePath, base_path, default_path, readings

F = TypeVar("F", bound=Fact)

TABLE_FACTS: tuple[type[Fact], ...] = (
    Environment,
    Api,
    DefaultVersion,
    Deployment,
    Plan,
    SubscriptionControl,
    Application,
    Subscription,
    ConsumerKey,
    ReferenceToken,
)

_FactMap = Map[str, Fact]
_IdsByKey = Map[object, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Route:
    """What a path leads to: an API deployed here, and the rest of the path."""

    api: Api
    deployment: Deployment
    sub_path: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    """See the module. `environment` is whose deployments this gateway takes."""

    environment: str
    _facts: Map[str, _FactMap] = field(default_factory=Map)
    _versions: Map[tuple[str, str], int] = field(default_factory=Map)
    _api_ids: _IdsByKey = field(default_factory=Map)
    _default_contexts: _IdsByKey = field(default_factory=Map)
    _subscription_ids: _IdsByKey = field(default_factory=Map)

    def with_fact(self, fact: Fact | Tombstone) -> RouteTable:
        """The table that also knows this fact; the same table where it is no news."""
        topic = fact.topic if isinstance(fact, Tombstone) else fact.topic.name
        identity = (topic, fact.key)
        if fact.version <= self._versions.get(identity, 0):
            return self
        table = replace(self, _versions=self._versions.set(identity, fact.version))
        known = self._known(topic)
        if isinstance(fact, Tombstone) or fact.deleted:
            return table._without(topic, known, fact.key)
        return table._with(topic, known, fact)

    # Look-ups, each O(1).

    def find_route(self, path: str, *, vhost: str) -> Route | None:
        """The API at a normalised path on a virtual host; the longest base path wins, a version before a default."""
        for base, meant, sub_path in readings(path):
            for candidate in meant:
                route = self._route(self._api_ids.get(candidate), vhost, sub_path)
                if route is not None:
                    return route
            route = self._default_route(base, vhost, sub_path)
            if route is not None:
                return route
        return None

    def subscription(self, *, api_id: str, application_id: str) -> Subscription | None:
        """The application's subscription to the API."""
        ids = self._subscription_ids.get((api_id, application_id), frozenset())
        found = [self._find(Subscription, subscription_id) for subscription_id in ids]
        return max((s for s in found if s is not None), key=lambda s: s.version, default=None)

    def subscription_control(self, subscription_id: str) -> SubscriptionControl | None:
        """What the publisher says of the subscription."""
        return self._find(SubscriptionControl, subscription_id)

    def consumer_key(self, client_id: str) -> ConsumerKey | None:
        """The OAuth client, where it belongs to an application."""
        return self._find(ConsumerKey, client_id)

    def application(self, application_id: str) -> Application | None:
        """The application."""
        return self._find(Application, application_id)

    def reference_token(self, token_hash: str) -> ReferenceToken | None:
        """The opaque token with this hash, while it is not revoked."""
        return self._find(ReferenceToken, token_hash)

    def plan(self, key: str) -> Plan | None:
        """The plan with the key `level:name`."""
        return self._find(Plan, key)

    def was_deleted(self, kind: type[Fact], key: str) -> bool:
        """Whether the thing was here and is gone, so that waiting for it is in vain."""
        return (kind.topic.name, key) in self._versions and key not in self._known(kind.topic.name)

    def vhosts(self) -> tuple[str, ...]:
        """The host names of this gateway's environment, the first being served where a request names none of them."""
        environment = self._find(Environment, self.environment)
        return tuple(vhost.host for vhost in environment.vhosts) if environment else ()

    def has_environment(self) -> bool:
        """Whether any environment is known: without one nothing can be deployed."""
        return bool(self._facts.get(Environment.topic.name))

    def deployments(self) -> Iterable[Deployment]:
        """What is deployed in this gateway's environment."""
        for fact in self._known(Deployment.topic.name).values():
            if isinstance(fact, Deployment) and fact.environment == self.environment:
                yield fact

    def api(self, api_id: str) -> Api | None:
        """The API, deployed here or not."""
        return self._find(Api, api_id)

    def sizes(self) -> dict[str, int]:
        """How many things of each topic are known, for metrics."""
        return {topic: len(known) for topic, known in self._facts.items()}

    def _route(self, api_ids: frozenset[str] | None, vhost: str, sub_path: str) -> Route | None:
        if not api_ids:
            return None
        found = [self._deployed(api_id, vhost, sub_path) for api_id in api_ids]
        return max((r for r in found if r is not None), key=lambda r: (r.api.version, r.api.id), default=None)

    def _default_route(self, base: str, vhost: str, sub_path: str) -> Route | None:
        contexts = self._default_contexts.get(base, frozenset())
        defaults = [self._find(DefaultVersion, context) for context in contexts]
        api_ids = frozenset(default.api_id for default in defaults if default is not None)
        return self._route(api_ids, vhost, sub_path)

    def _deployed(self, api_id: str, vhost: str, sub_path: str) -> Route | None:
        api = self._find(Api, api_id)
        deployment = self._find(Deployment, f"{api_id}:{self.environment}")
        if api is None or deployment is None or deployment.vhost != vhost:
            return None
        return Route(api, deployment, sub_path)

    def _known(self, topic: str) -> _FactMap:
        return self._facts.get(topic, _EMPTY)

    def _find(self, kind: type[F], key: str) -> F | None:
        fact = self._known(kind.topic.name).get(key)
        return fact if isinstance(fact, kind) else None

    def _with(self, topic: str, known: _FactMap, fact: Fact) -> RouteTable:
        table = self._unindexed(known.get(fact.key))._indexed(fact)
        return replace(table, _facts=table._facts.set(topic, known.set(fact.key, fact)))

    def _without(self, topic: str, known: _FactMap, key: str) -> RouteTable:
        old = known.get(key)
        if old is None:
            return self
        table = self._unindexed(old)
        return replace(table, _facts=table._facts.set(topic, known.delete(key)))

    def _indexed(self, fact: Fact) -> RouteTable:
        if isinstance(fact, Api):
            return replace(self, _api_ids=_added(self._api_ids, _path_of(fact), fact.id))
        if isinstance(fact, DefaultVersion):
            path = default_path(fact.context)
            return replace(self, _default_contexts=_added(self._default_contexts, path, fact.context))
        if isinstance(fact, Subscription):
            return replace(self, _subscription_ids=_added(self._subscription_ids, _pair_of(fact), fact.id))
        return self

    def _unindexed(self, fact: Fact | None) -> RouteTable:
        if isinstance(fact, Api):
            return replace(self, _api_ids=_removed(self._api_ids, _path_of(fact), fact.id))
        if isinstance(fact, DefaultVersion):
            path = default_path(fact.context)
            return replace(self, _default_contexts=_removed(self._default_contexts, path, fact.context))
        if isinstance(fact, Subscription):
            return replace(self, _subscription_ids=_removed(self._subscription_ids, _pair_of(fact), fact.id))
        return self


_EMPTY: _FactMap = Map()


def _path_of(api: Api) -> BasePath:
    return base_path(api.context, api.api_version)


def _pair_of(subscription: Subscription) -> tuple[str, str]:
    return (subscription.api_id, subscription.application_id)


# A key may for a while belong to two things, since facts of different keys come in any order: the deleted and the new.


def _added(ids_by_key: _IdsByKey, key: object, identity: str) -> _IdsByKey:
    return ids_by_key.set(key, ids_by_key.get(key, frozenset()) | {identity})


def _removed(ids_by_key: _IdsByKey, key: object, identity: str) -> _IdsByKey:
    remaining = ids_by_key.get(key, frozenset()) - {identity}
    if remaining:
        return ids_by_key.set(key, remaining)
    return ids_by_key.delete(key) if key in ids_by_key else ids_by_key
