"""What a route table has found before. Tables in which it would be found again share it; one in which a fact has
changed that it was found from begins anew.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from contracts.devportal import Application, Subscription
from contracts.keymanager import ConsumerKey
from contracts.publisher import Api, DefaultVersion, Deployment, Environment, SubscriptionControl
from gateway.routing.route import Route
from gateway.routing.subscriber import Subscriber

K = TypeVar("K")
V = TypeVar("V")

# Whoever finds routes or subscribers by another fact adds it here.
_ROUTE_FACTS = (Environment, Api, DefaultVersion, Deployment)
_SUBSCRIBER_FACTS = (ConsumerKey, Application, Subscription, SubscriptionControl)
_ROUTE_TOPICS = frozenset(fact.topic.name for fact in _ROUTE_FACTS)
_SUBSCRIBER_TOPICS = frozenset(fact.topic.name for fact in _SUBSCRIBER_FACTS)

MOST_ROUTES = 4_096
MOST_SUBSCRIBERS = 10_000


class Remembered(Generic[K, V]):
    """Bounded: when it is full, all is forgotten, and what is used is found again. Nothing is said of what was not
    found, so that nobody fills it with what does not exist.
    """

    __slots__ = ("_capacity", "_found")

    def __init__(self, *, capacity: int) -> None:
        self._capacity: Final = capacity
        self._found: Final[dict[K, V]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def find(self, key: K) -> V | None:
        """What was kept under the key."""
        return self._found.get(key)

    def keep(self, key: K, value: V) -> V:
        """Returns the value."""
        if len(self._found) >= self._capacity:
            self._found.clear()
        self._found[key] = value
        return value


class Found:
    """Routes by host and path, subscribers by OAuth client and API."""

    __slots__ = ("routes", "subscribers")

    def __init__(
        self,
        routes: Remembered[tuple[str, str], Route] | None = None,
        subscribers: Remembered[tuple[str, str], Subscriber] | None = None,
    ) -> None:
        self.routes: Final = Remembered(capacity=MOST_ROUTES) if routes is None else routes
        self.subscribers: Final = Remembered(capacity=MOST_SUBSCRIBERS) if subscribers is None else subscribers

    def after_change_of(self, topic: str) -> Found:
        """What is still found where a fact of this topic has come or gone."""
        if topic in _ROUTE_TOPICS:
            return Found(subscribers=self.subscribers)
        return Found(routes=self.routes) if topic in _SUBSCRIBER_TOPICS else self
