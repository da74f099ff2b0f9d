"""Bans: sessions that are to end now, on every gateway, and not to open again for a while.

A ban until the moment it is made only ends what is open: that is how a session is killed over all gateways.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from contracts.publisher import LONGEST_BAN
from publisher.errors import InvalidInput

MAX_TEXT = 255


@dataclass(frozen=True, slots=True)
class SessionSelector:
    """Which sessions; all that is given must fit, None fits every session."""

    session_id: str | None = None
    api_id: str | None = None
    application_id: str | None = None
    plan: str | None = None
    user: str | None = None
    address: str | None = None

    @property
    def is_empty(self) -> bool:
        """It would fit every session there is."""
        return all(getattr(self, field.name) is None for field in fields(self))


@dataclass(frozen=True, slots=True)
class SessionBan:
    """Who said it, when, and for how long it holds."""

    id: str
    selector: SessionSelector
    banned_at: datetime
    until: datetime
    reason: str
    banned_by: str


def checked_selector(selector: SessionSelector) -> SessionSelector:
    """The selector with its address in the canonical spelling. Raises `InvalidInput`."""
    if selector.is_empty:
        raise InvalidInput.at("", "name at least one of the things that tell which sessions")
    for field in fields(selector):
        text = getattr(selector, field.name)
        if text is not None and not (0 < len(text) <= MAX_TEXT and text.isprintable()):
            raise InvalidInput.at(f"/{_written(field.name)}", f"between 1 and {MAX_TEXT} printable characters")
    return selector if selector.address is None else _with_canonical_address(selector, selector.address)


def checked_duration(minutes: int) -> timedelta:
    """How long a ban holds. Raises `InvalidInput`."""
    duration = timedelta(minutes=minutes)
    if not timedelta(0) <= duration <= LONGEST_BAN:
        raise InvalidInput.at("/minutes", f"between 0 and {LONGEST_BAN // timedelta(minutes=1)}")
    return duration


def _with_canonical_address(selector: SessionSelector, address: str) -> SessionSelector:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as error:
        raise InvalidInput.at("/address", "must be one IPv4 or IPv6 address") from error
    return replace(selector, address=str(parsed))


def _written(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
