"""Everything the gateway decides from, as one immutable value.

A fact makes a new table that shares all but the path it touches (persistent maps), so one change costs the same with
ten APIs as with a hundred thousand, and a handshake that began with one table ends with it. Facts may come in any
order and more than once: the table depends only on the newest of each thing. It holds no tokens and no signing keys;
those are in `tokens.TrustStore`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from immutables import Map

from contracts import Fact, Tombstone
from contracts.devportal import Application, Subscription
from contracts.keymanager import ConsumerKey, ReferenceToken
from contracts.publisher import (
    Api,
    DefaultVersion,
    DenyPolicy,
    Deployment,
    Environment,
    Plan,
    SessionBan,
    SubscriptionControl,
)
from eventbus.bus import TOMBSTONES_KEPT
from gateway.routing.ban_index import BanIndex
from gateway.routing.deny_index import DenyIndex
from gateway.routing.found import Found
from gateway.routing.indexes import Indexes
from gateway.routing.path import BasePath, readings
from gateway.routing.route import Route
from gateway.routing.subscriber import Subscriber
from gateway.routing.vhost import named_vhost

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
    DenyPolicy,
    SessionBan,
)

# What strangers ask for may be long; such is found anew each time.
_LONGEST_ADDRESS = 256

_FactMap = Map[str, Fact]
_Identity = tuple[str, str]

# Topics that forget by age, and so does the table. What is deleted elsewhere is remembered as long as its tombstone.
_RETENTION = {fact.topic.name: fact.topic.retention for fact in TABLE_FACTS if fact.topic.retention is not None}
_PURGE_FROM = 10_000


@dataclass(frozen=True, slots=True)
class RouteTable:
    """See the module. `environment` is whose deployments this gateway takes."""

    environment: str
    _facts: Map[str, _FactMap] = field(default_factory=Map)
    _deleted: Map[_Identity, int] = field(default_factory=Map)
    _indexes: Indexes = field(default_factory=Indexes)
    _purge_at: int = _PURGE_FROM
    _found: Found = field(default_factory=Found, compare=False, repr=False)

    def with_fact(self, fact: Fact | Tombstone) -> RouteTable:
        """The table that also knows this fact; the same table where it is no news."""
        topic = fact.topic if isinstance(fact, Tombstone) else fact.topic.name
        identity = (topic, fact.key)
        if fact.version <= self._version(identity):
            return self
        known = self._known(topic)
        if isinstance(fact, Tombstone) or fact.deleted:
            return self._without(topic, known, fact.key, fact.version)._purged_when_due(fact.version)
        table = self._with(topic, known, fact)
        return table._purged_when_due(fact.version) if topic in _RETENTION else table

    # Look-ups, each O(1).

    def route_at(self, path: str, *, host: str) -> Route | None:
        """What `find_route` finds on the vhost that `host` (with or without a port) means."""
        route = self._found.routes.find((host, path))
        if route is not None:
            return route
        vhost = named_vhost(host, self.vhosts())
        route = None if vhost is None else self.find_route(path, vhost=vhost)
        if route is None or len(host) + len(path) > _LONGEST_ADDRESS:
            return route
        return self._found.routes.keep((host, path), route)

    def find_route(self, path: str, *, vhost: str) -> Route | None:
        """The API at a normalised path on a virtual host; the longest base path wins, a version before a default."""
        for base, meant, sub_path in readings(path, deepest=self._indexes.deepest):
            for candidate in meant:
                route = self._route(self._indexes.api_ids.get(candidate), vhost, sub_path)
                if route is not None:
                    return route
            route = self._default_route(base, vhost, sub_path)
            if route is not None:
                return route
        return None

    def subscriber(self, client_id: str, *, api_id: str) -> Subscriber | None:
        """The application of the OAuth client, where it is not deleted and has a subscription to the API."""
        found = self._found.subscribers.find((client_id, api_id))
        if found is not None:
            return found
        consumer_key = self.consumer_key(client_id)
        if consumer_key is None:
            return None
        application_id = consumer_key.application_id
        subscription = self.subscription(api_id=api_id, application_id=application_id)
        if subscription is None or self.was_deleted(Application, application_id):
            return None
        control = self.subscription_control(subscription.id)
        subscriber = Subscriber(consumer_key, self.application(application_id), subscription, control)
        return self._found.subscribers.keep((client_id, api_id), subscriber)

    def subscription(self, *, api_id: str, application_id: str) -> Subscription | None:
        """The application's subscription to the API."""
        ids = self._indexes.subscription_ids.get((api_id, application_id), frozenset())
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
        return (kind.topic.name, key) in self._deleted

    @property
    def denials(self) -> DenyIndex:
        """Whom the deny policies refuse."""
        return self._indexes.denials

    @property
    def bans(self) -> BanIndex:
        """Whom session bans keep out."""
        return self._indexes.bans

    def deny_policy(self, identity: str) -> DenyPolicy | None:
        """The deny policy, enabled or not."""
        return self._find(DenyPolicy, identity)

    def session_ban(self, identity: str) -> SessionBan | None:
        """The session ban, which may have passed."""
        return self._find(SessionBan, identity)

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

    def api_ids_at(self, path: BasePath) -> frozenset[str]:
        """The APIs that have this base path, deployed here or not."""
        return self._indexes.api_ids.get(path, frozenset())

    def route_to(self, api_id: str, *, vhost: str, sub_path: str) -> Route | None:
        """The API by its id, where it is deployed here on the virtual host."""
        return self._deployed(api_id, vhost, sub_path)

    def deployment(self, api_id: str) -> Deployment | None:
        """What is deployed of the API in this gateway's environment."""
        return self._find(Deployment, f"{api_id}:{self.environment}")

    def api(self, api_id: str) -> Api | None:
        """The API, deployed here or not."""
        return self._find(Api, api_id)

    def facts(self) -> Iterator[Fact | Tombstone]:
        """All that is known, and what is known to be deleted: from them the same table can be made again."""
        for known in self._facts.values():
            yield from known.values()
        for (topic, key), version in self._deleted.items():
            yield Tombstone(topic, key, version)

    def sizes(self) -> dict[str, int]:
        """How many things of each topic are known, for metrics."""
        return {topic: len(known) for topic, known in self._facts.items()}

    def _route(self, api_ids: frozenset[str] | None, vhost: str, sub_path: str) -> Route | None:
        if not api_ids:
            return None
        found = [self._deployed(api_id, vhost, sub_path) for api_id in api_ids]
        return max((r for r in found if r is not None), key=lambda r: (r.api.version, r.api.id), default=None)

    def _default_route(self, base: str, vhost: str, sub_path: str) -> Route | None:
        contexts = self._indexes.default_contexts.get(base, frozenset())
        defaults = [self._find(DefaultVersion, context) for context in contexts]
        api_ids = frozenset(default.api_id for default in defaults if default is not None)
        return self._route(api_ids, vhost, sub_path)

    def _deployed(self, api_id: str, vhost: str, sub_path: str) -> Route | None:
        api = self._find(Api, api_id)
        deployment = self.deployment(api_id)
        if api is None or deployment is None or deployment.vhost != vhost:
            return None
        return Route(api, deployment, sub_path)

    def _known(self, topic: str) -> _FactMap:
        return self._facts.get(topic, _EMPTY)

    def _find(self, kind: type[F], key: str) -> F | None:
        fact = self._known(kind.topic.name).get(key)
        return fact if isinstance(fact, kind) else None

    def _with(self, topic: str, known: _FactMap, fact: Fact) -> RouteTable:
        indexes = self._indexes.without_fact(known.get(fact.key)).with_fact(fact)
        facts = self._facts.set(topic, known.set(fact.key, fact))
        deleted = _discard(self._deleted, (topic, fact.key))
        return replace(
            self, _facts=facts, _indexes=indexes, _deleted=deleted, _found=self._found.after_change_of(topic)
        )

    def _without(self, topic: str, known: _FactMap, key: str, version: int) -> RouteTable:
        deleted = self._deleted.set((topic, key), version)
        found = self._found.after_change_of(topic)
        old = known.get(key)
        if old is None:
            return replace(self, _deleted=deleted, _found=found)
        facts = self._facts.set(topic, known.delete(key))
        indexes = self._indexes.without_fact(old)
        return replace(self, _facts=facts, _indexes=indexes, _deleted=deleted, _found=found)

    def _version(self, identity: _Identity) -> int:
        """The newest that is known of the thing, be it here or gone."""
        topic, key = identity
        fact = self._known(topic).get(key)
        return fact.version if fact is not None else self._deleted.get(identity, 0)

    # Forgetting.

    def _forgettable(self) -> int:
        """How much is remembered that a log does not keep for ever."""
        return len(self._deleted) + sum(len(self._known(topic)) for topic in _RETENTION)

    def _purged_when_due(self, newest: int) -> RouteTable:
        """Asked only where more has become forgettable."""
        return self._purged(newest) if self._forgettable() >= self._purge_at else self

    def _purged(self, newest: int) -> RouteTable:
        """Without what the log has forgotten by the time at which the version `newest` was written, so that no older
        one can come back. Done seldom enough that it costs each fact little.
        """
        deleted = {
            identity: version
            for identity, version in self._deleted.items()
            if version > newest - _milliseconds(_RETENTION.get(identity[0], TOMBSTONES_KEPT))
        }
        table = replace(self, _deleted=Map(deleted))
        for topic, retention in _RETENTION.items():
            for fact in tuple(self._known(topic).values()):
                if fact.version <= newest - _milliseconds(retention):
                    table = table._forgotten(topic, fact)
        return replace(table, _purge_at=max(_PURGE_FROM, 2 * table._forgettable()))

    def _forgotten(self, topic: str, fact: Fact) -> RouteTable:
        facts = self._facts.set(topic, self._known(topic).delete(fact.key))
        return replace(self, _facts=facts, _indexes=self._indexes.without_fact(fact))


_EMPTY: _FactMap = Map()


def _discard(deleted: Map[_Identity, int], identity: _Identity) -> Map[_Identity, int]:
    return deleted.delete(identity) if identity in deleted else deleted


def _milliseconds(duration: timedelta) -> int:
    """Versions are at least the milliseconds since 1970 at which they were written."""
    return int(duration.total_seconds() * 1000)
