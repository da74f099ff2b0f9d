"""An application: whose keys subscribe to APIs. It belongs to its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.devportal import TokenType
from devportal.errors import BlankProperty, IllegalCharacters, TooLong

MAX_NAME: Final = 100

_FORBIDDEN_IN_NAME: Final = frozenset("~!@#;:%^*()+={}|\\<>\"',&$[]/")


@dataclass(frozen=True, slots=True)
class ApplicationDraft:
    """What its owner decides. `groups`, `visibility` and `is_hash_enabled` are kept as they came."""

    name: str
    plan: str
    description: str = ""
    token_type: TokenType = TokenType.JWT
    groups: tuple[str, ...] = ()
    attributes: Mapping[str, str] | None = None
    visibility: str | None = None
    is_hash_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it is now."""

    id: str
    owner: str
    status: str
    draft: ApplicationDraft
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return self.draft.name


def check_name(name: str) -> None:
    """Raises `InvalidInput`: 1 to 100 characters, none of those that WSO2 forbids in names."""
    if not name.strip():
        raise BlankProperty.at("/name", "must not be blank")
    if len(name) > MAX_NAME:
        raise TooLong.at("/name", f"at most {MAX_NAME} characters")
    if name != name.strip():
        raise IllegalCharacters.at("/name", "white space at its beginning or end")
    if _FORBIDDEN_IN_NAME.intersection(name) or not name.isprintable():
        raise IllegalCharacters.at("/name", f"none of {''.join(sorted(_FORBIDDEN_IN_NAME))} and no control characters")
