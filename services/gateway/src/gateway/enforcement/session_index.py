"""Open sessions by what a fact may name: API, application, subscription, consumer key, issuer, signing key, plan,
token, user, address.

Sessions that differ only in token, user and address are one group, and only groups are indexed by the rest: a session
of an application costs its place in one set. Memory counts here, for most sessions are idle: what mostly belongs to
one session is kept without a set around it, and sessions of one token share their labels and grounds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Final, Generic, TypeVar

from gateway.routing.address import address_number
from gateway.session.grounds import Grounds
from gateway.session.session import Session, SessionLabels

K = TypeVar("K", bound=Hashable)


# What the sessions of a group have in common: a value for each of `_SINGLE_FIELDS`, and the keys of their plans
# (`level:name`). A plain tuple, for every session comes here twice.
GroupKey = tuple[str, str, str, str, str, str, tuple[str, ...]]

_SINGLE_FIELDS: Final = ("api_id", "application_id", "subscription_id", "consumer_key", "issuer", "signing_key_id")


class SessionIndex:
    """A `SessionObserver`. What it gives is a copy, so sessions may end while it is gone through."""

    def __init__(self) -> None:
        self._groups: dict[GroupKey, set[Session]] = {}
        self._keys: dict[tuple[str, str], set[GroupKey]] = {}
        self._tokens = _FewEach[str]()
        self._users = _FewEach[str]()
        self._addresses = _FewEach[int]()

    def session_opened(self, session: Session) -> None:
        """See SessionObserver."""
        key = _group_key(session)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = set()
            for name in _names(key):
                self._keys.setdefault(name, set()).add(key)
        self._share(session, group)
        group.add(session)
        labels = session.labels
        self._tokens.add(labels.token_id or None, session)
        self._users.add(labels.user or None, session)
        self._addresses.add(address_number(session.client_address), session)

    def session_closed(self, session: Session) -> None:
        """See SessionObserver."""
        key, labels = _group_key(session), session.labels
        self._tokens.remove(labels.token_id or None, session)
        self._users.remove(labels.user or None, session)
        self._addresses.remove(address_number(session.client_address), session)
        group = self._groups[key]
        group.remove(session)
        if not group:
            del self._groups[key]
            for name in _names(key):
                self._forget(name, key)

    def relabel(self, session: Session, *, labels: SessionLabels, grounds: Grounds) -> None:
        """The session goes on with other labels or grounds."""
        self.session_closed(session)
        session.labels, session.grounds = labels, grounds
        self.session_opened(session)

    def grouped(self, field: str, value: str) -> list[Session]:
        """The sessions of all groups with this value in a field of a `GroupKey`; a plan by its key under `plan`."""
        return [session for key in self._keys.get((field, value), ()) for session in self._groups[key]]

    def of_token(self, token_id: str) -> list[Session]:
        """The sessions of a token."""
        return self._tokens.get(token_id)

    def of_user(self, user: str) -> list[Session]:
        """The sessions of a user."""
        return self._users.get(user)

    def of_addresses(self, wanted: Callable[[int], bool]) -> list[Session]:
        """The sessions of all clients whose address number is wanted."""
        return [session for number in self._addresses if wanted(number) for session in self._addresses.get(number)]

    def of_address(self, address: str) -> list[Session]:
        """The sessions of one client address."""
        number = address_number(address)
        return [] if number is None else self._addresses.get(number)

    def application_ids(self) -> Iterable[str]:
        """The applications that have sessions."""
        return {application_id for _, application_id, *_ in self._groups}

    def _share(self, session: Session, group: set[Session]) -> None:
        twin = self._tokens.any_of(session.labels.token_id) if session.labels.token_id else next(iter(group), None)
        if twin is None:
            return
        # Most are one object already, and to compare all fields takes long.
        if twin.labels is not session.labels and twin.labels == session.labels:
            session.labels = twin.labels
        if twin.grounds is not session.grounds and twin.grounds == session.grounds:
            session.grounds = twin.grounds

    def _forget(self, name: tuple[str, str], key: GroupKey) -> None:
        keys = self._keys[name]
        keys.discard(key)
        if not keys:
            del self._keys[name]


class _FewEach(Generic[K]):
    """Sessions by a key that mostly one session has."""

    __slots__ = ("_by_key",)

    def __init__(self) -> None:
        self._by_key: dict[K, Session | set[Session]] = {}

    def __iter__(self) -> Iterator[K]:
        return iter(tuple(self._by_key))

    def add(self, key: K | None, session: Session) -> None:
        if key is None:
            return
        found = self._by_key.get(key)
        if found is None:
            self._by_key[key] = session
        elif isinstance(found, set):
            found.add(session)
        else:
            self._by_key[key] = {found, session}

    def remove(self, key: K | None, session: Session) -> None:
        if key is None:
            return
        found = self._by_key[key]
        if found is session:
            del self._by_key[key]
        elif isinstance(found, set):
            found.remove(session)
            if len(found) == 1:
                self._by_key[key] = found.pop()

    def get(self, key: K) -> list[Session]:
        found = self._by_key.get(key)
        if found is None:
            return []
        return list(found) if isinstance(found, set) else [found]

    def any_of(self, key: K) -> Session | None:
        found = self._by_key.get(key)
        return next(iter(found)) if isinstance(found, set) else found


def _group_key(session: Session) -> GroupKey:
    labels, grounds = session.labels, session.grounds
    principal = grounds.principal
    return (
        labels.api_id,
        labels.application_id,
        labels.subscription_id,
        labels.consumer_key,
        principal.issuer if principal is not None else "",
        principal.signing_key_id if principal is not None else "",
        grounds.plans,
    )


def _names(key: GroupKey) -> list[tuple[str, str]]:
    """Under which a group is found; what it does not have is left out."""
    *values, plans = key
    names = [(field, value) for field, value in zip(_SINGLE_FIELDS, values, strict=True) if value]
    return [*names, *[("plan", plan) for plan in plans]]
