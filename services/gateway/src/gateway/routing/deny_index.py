"""Who and what the deny policies refuse, as look-ups that do not grow with the policies.

Exact values are hashed: an API by the paths it answers at (so `/ctx/1.0.0` is `/ctx/1.0`), an application by
`owner:name`, a user by name. Addresses are intervals of numbers. A policy that is disabled is not here, nor one whose
value cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from immutables import Map

from contracts.publisher import DenyPolicy, DenyType
from gateway.routing.address import Interval, Intervals, address_number, common_part, interval
from gateway.routing.ids import IdsByKey, added, removed
from gateway.routing.path import BasePath, readings

_Intervals = Map[str, Interval]


class _Addresses:
    """Immutable. The intervals are merged at the first look-up, since many policies are learnt before it."""

    __slots__ = ("_denied", "_inside", "_is_merged", "_outside")

    def __init__(self, inside: _Intervals = Map(), outside: _Intervals = Map()) -> None:  # noqa: B008  # immutable
        self._inside = inside
        self._outside = outside
        self._is_merged = False
        self._denied = Intervals(())

    @property
    def is_empty(self) -> bool:
        return not self._inside and not self._outside

    def with_policy(self, policy: DenyPolicy, denied: Interval) -> _Addresses:
        if policy.invert:
            return _Addresses(self._inside, self._outside.set(policy.id, denied))
        return _Addresses(self._inside.set(policy.id, denied), self._outside)

    def without_policy(self, identity: str) -> _Addresses:
        return _Addresses(_without(self._inside, identity), _without(self._outside, identity))

    def __contains__(self, address: str) -> bool:
        if self.is_empty:
            return False
        number = address_number(address)
        if number is None:
            return bool(self._outside)  # What is no address is certainly none of those allowed.
        if not self._is_merged:
            self._denied, self._is_merged = Intervals(self._all_denied()), True
        return number in self._denied

    def _all_denied(self) -> list[Interval]:
        denied = list(self._inside.values())
        if self._outside:
            # Several inverted policies leave only what all of them leave.
            allowed = common_part(self._outside.values())
            last = (1 << 128) - 1
            around = [Interval(0, allowed.first - 1), Interval(allowed.last + 1, last)] if allowed else []
            denied += [each for each in around if each.first <= each.last] if allowed else [Interval(0, last)]
        return denied


@dataclass(frozen=True, slots=True)
class DenyIndex:
    """See the module."""

    _ids: IdsByKey = field(default_factory=Map)
    _addresses: _Addresses = field(default_factory=_Addresses)

    def with_policy(self, policy: DenyPolicy) -> DenyIndex:
        """The index that also knows this policy, which it did not know."""
        if not policy.enabled:
            return self
        denied = denied_interval(policy)
        if denied is not None:
            return replace(self, _addresses=self._addresses.with_policy(policy, denied))
        ids = self._ids
        for key in _keys(policy):
            ids = added(ids, key, policy.id)
        return replace(self, _ids=ids)

    def without_policy(self, policy: DenyPolicy) -> DenyIndex:
        """The index without a policy that it knew."""
        ids = self._ids
        for key in _keys(policy):
            ids = removed(ids, key, policy.id)
        return replace(self, _ids=ids, _addresses=self._addresses.without_policy(policy.id))

    @property
    def is_empty(self) -> bool:
        """Whether nobody is denied."""
        return not self._ids and self._addresses.is_empty

    def denies_api(self, path: BasePath) -> bool:
        """Whether an API is denied, by its base path."""
        return (DenyType.API, path) in self._ids

    def denies_address(self, address: str) -> bool:
        """Whether a client's address is denied."""
        return address in self._addresses

    def denies_application(self, *, owner: str, name: str) -> bool:
        """Whether an application is denied."""
        return (DenyType.APPLICATION, f"{owner}:{name}") in self._ids

    def denies_user(self, name: str) -> bool:
        """Whether a user is denied."""
        return (DenyType.USER, name) in self._ids


def denied_paths(value: str) -> tuple[BasePath, ...]:
    """What the value of a policy on an API may mean: any of its segments may be the version."""
    return next((meant for _, meant, _ in readings(value)), ())


def denied_interval(policy: DenyPolicy) -> Interval | None:
    """The addresses that a policy names; None where it names something else, or nothing that can be read."""
    if policy.type is DenyType.IP:
        return interval(policy.value, policy.value)
    if policy.type is DenyType.IPRANGE:
        return interval(policy.value, policy.last_address or policy.value)
    return None


def _keys(policy: DenyPolicy) -> list[tuple[DenyType, object]]:
    if policy.type is DenyType.API:
        return [(policy.type, path) for path in denied_paths(policy.value)]
    return [(policy.type, policy.value)]


def _without(intervals: _Intervals, identity: str) -> _Intervals:
    return intervals.delete(identity) if identity in intervals else intervals
