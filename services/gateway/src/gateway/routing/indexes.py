"""What the route table is asked for by something else than a fact's own key, kept in step with the facts.

Each index is persistent like the table: a change copies only the path it touches.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from immutables import Map

from contracts import Fact
from contracts.devportal import Subscription
from contracts.publisher import Api, DefaultVersion, DenyPolicy, SessionBan
from gateway.routing.ban_index import BanIndex
from gateway.routing.deny_index import DenyIndex
from gateway.routing.ids import IdsByKey, added, removed
from gateway.routing.path import BasePath, base_path, default_path


@dataclass(frozen=True, slots=True)
class Indexes:
    """See the module."""

    api_ids: IdsByKey = field(default_factory=Map)
    default_contexts: IdsByKey = field(default_factory=Map)
    subscription_ids: IdsByKey = field(default_factory=Map)
    denials: DenyIndex = field(default_factory=DenyIndex)
    bans: BanIndex = field(default_factory=BanIndex)
    # How many segments a base path has had at most. It never shrinks: it only bounds the work of a look-up.
    deepest: int = field(default=0, compare=False)

    def with_fact(self, fact: Fact) -> Indexes:
        """With a fact of which no other version is here."""
        if isinstance(fact, Api):
            base = path_of(fact)
            return replace(self, api_ids=added(self.api_ids, base, fact.id), deepest=self._deepest_with(base.text))
        if isinstance(fact, DefaultVersion):
            path = default_path(fact.context)
            contexts = added(self.default_contexts, path, fact.context)
            return replace(self, default_contexts=contexts, deepest=self._deepest_with(path))
        if isinstance(fact, Subscription):
            return replace(self, subscription_ids=added(self.subscription_ids, _pair_of(fact), fact.id))
        if isinstance(fact, DenyPolicy):
            return replace(self, denials=self.denials.with_policy(fact))
        if isinstance(fact, SessionBan):
            return replace(self, bans=self.bans.with_ban(fact))
        return self

    def without_fact(self, fact: Fact | None) -> Indexes:
        """Without a fact that is here."""
        if isinstance(fact, Api):
            return replace(self, api_ids=removed(self.api_ids, path_of(fact), fact.id))
        if isinstance(fact, DefaultVersion):
            path = default_path(fact.context)
            return replace(self, default_contexts=removed(self.default_contexts, path, fact.context))
        if isinstance(fact, Subscription):
            return replace(self, subscription_ids=removed(self.subscription_ids, _pair_of(fact), fact.id))
        if isinstance(fact, DenyPolicy):
            return replace(self, denials=self.denials.without_policy(fact))
        if isinstance(fact, SessionBan):
            return replace(self, bans=self.bans.without_ban(fact))
        return self

    def _deepest_with(self, path: str) -> int:
        return max(self.deepest, path.count("/"))


def path_of(api: Api) -> BasePath:
    """Where an API answers."""
    return base_path(api.context, api.api_version)


def _pair_of(subscription: Subscription) -> tuple[str, str]:
    return (subscription.api_id, subscription.application_id)
