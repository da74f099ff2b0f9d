"""Which open sessions an operator means, or a session ban: everything that is named must fit.

Only the sessions of the narrowest thing named are looked at; where nothing indexed is named, all are, in slices, so
that no message waits long for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from contracts.publisher import SessionBan
from gateway.enforcement.session_index import SessionIndex
from gateway.routing.address import address_number
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session

_SLICE = 1_000


@dataclass(frozen=True, slots=True)
class SessionSelector:
    """None: it does not matter."""

    session_id: str | None = None
    api_id: str | None = None
    application_id: str | None = None
    plan: str | None = None
    user: str | None = None
    address: str | None = None
    channel: str | None = None
    key_type: str | None = None

    def fits(self, session: Session) -> bool:
        """Whether all that is named is so. A selector that names nothing fits everything."""
        labels = session.labels
        return (
            self.session_id in (None, session.session_id)
            and self.api_id in (None, labels.api_id)
            and self.application_id in (None, labels.application_id)
            and self.plan in (None, labels.plan)
            and self.user in (None, labels.user)
            and self.channel in (None, labels.channel)
            and self.key_type in (None, labels.key_type)
            and (self.address is None or _is_same_address(self.address, session.client_address))
        )

    def named(self) -> dict[str, str]:
        """What is named."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def selector_of(ban: SessionBan) -> SessionSelector:
    """What a ban names."""
    return SessionSelector(ban.session_id, ban.api_id, ban.application_id, ban.plan, ban.user, ban.address)


class SessionSelection:
    """Finds sessions by selectors."""

    def __init__(self, registry: SessionRegistry, index: SessionIndex) -> None:
        self._registry = registry
        self._index = index

    def find(self, selector: SessionSelector) -> list[Session]:
        """The open sessions that fit, at once and in no order."""
        return [session for session in self._narrowed(selector) if selector.fits(session)]

    async def oldest_first(self, selector: SessionSelector) -> list[Session]:
        """The same with pauses, oldest first."""
        found: list[Session] = []
        candidates = self._narrowed(selector)
        for start in range(0, len(candidates), _SLICE):
            found += [session for session in candidates[start : start + _SLICE] if selector.fits(session)]
            await asyncio.sleep(0)
        found.sort(key=lambda session: (session.opened_at, session.session_id))
        return found

    def _narrowed(self, selector: SessionSelector) -> Sequence[Session]:
        if selector.session_id is not None:
            session = self._registry.find(selector.session_id)
            return () if session is None else (session,)
        if selector.user:
            return self._index.of_user(selector.user)
        if selector.address is not None:
            return self._index.of_address(selector.address)
        if selector.application_id:
            return self._index.grouped("application_id", selector.application_id)
        if selector.api_id:
            return self._index.grouped("api_id", selector.api_id)
        return tuple(self._registry)


def _is_same_address(one: str, other: str) -> bool:
    return one == other or address_number(one) == address_number(other) is not None
