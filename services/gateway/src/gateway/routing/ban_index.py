"""The session bans, found without looking at each: by the first thing a ban names of what a handshake can have.

A ban that has passed forbids nothing; it is forgotten with its log. One that names a single session forbids no
handshake, for every session has a new id.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from immutables import Map

from contracts.publisher import SessionBan
from gateway.routing.address import address_number
from gateway.routing.ids import IdsByKey, added, removed

_SELECTORS = ("application_id", "user", "address", "api_id", "plan")


@dataclass(frozen=True, slots=True)
class Bannable:
    """What a ban may name of a handshake."""

    api_id: str
    application_id: str
    plan: str
    user: str
    address: str


@dataclass(frozen=True, slots=True)
class BanIndex:
    """See the module."""

    _ids: IdsByKey = field(default_factory=Map)
    _bans: Map[str, SessionBan] = field(default_factory=Map)

    @property
    def is_empty(self) -> bool:
        """Whether there is no ban, not even one that has passed."""
        return not self._bans

    def with_ban(self, ban: SessionBan) -> BanIndex:
        """The index that also knows this ban, which it did not know."""
        selector = _first_selector(ban)
        if selector is None or ban.session_id is not None:
            return self
        return replace(self, _ids=added(self._ids, selector, ban.id), _bans=self._bans.set(ban.id, ban))

    def without_ban(self, ban: SessionBan) -> BanIndex:
        """The index without this ban."""
        if ban.id not in self._bans:
            return self
        return replace(self, _ids=removed(self._ids, _first_selector(ban), ban.id), _bans=self._bans.delete(ban.id))

    def forbids(self, asked: Bannable, *, now: datetime) -> bool:
        """Whether a ban that has not passed fits."""
        return any(
            _fits(self._bans[identity], asked) and now < self._bans[identity].until
            for name in _SELECTORS
            for identity in self._ids.get((name, _comparable(name, getattr(asked, name))), frozenset())
        )


def _fits(ban: SessionBan, asked: Bannable) -> bool:
    return all(
        _comparable(name, getattr(asked, name)) == _comparable(name, value)
        for name in _SELECTORS
        if (value := getattr(ban, name)) is not None
    )


def _first_selector(ban: SessionBan) -> tuple[str, object] | None:
    given = ((name, getattr(ban, name)) for name in _SELECTORS)
    return next(((name, _comparable(name, value)) for name, value in given if value is not None), None)


def _comparable(name: str, value: str) -> object:
    """Every spelling of an address is the same."""
    number = address_number(value) if name == "address" else None
    return value if number is None else number
