"""Users: what a name and a password must be like. Names differ by more than upper and lower case (RFC 7643 4.1.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from keymanager.domain.roles import Role
from keymanager.errors import InvalidInput
from telemetry.problem import FieldError

ADMIN_NAME = "admin"
MAX_NAME_CHARACTERS = 100
MIN_PASSWORD_CHARACTERS = 8
MAX_PASSWORD_CHARACTERS = 1024

_NAME_MARKS = frozenset("._@+-")


@dataclass(frozen=True, slots=True)
class User:
    """A person or script with a password. `profile` holds the other attributes of RFC 7643 4.1 as they were given."""

    id: str
    user_name: str
    roles: frozenset[Role]
    active: bool
    created_at: datetime
    updated_at: datetime
    profile: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_admin(self) -> bool:
        return Role.ADMIN in self.roles


def name_key(user_name: str) -> str:
    """By which names are compared."""
    return unicodedata.normalize("NFKC", user_name).casefold()


def check_name(user_name: str) -> str:
    """The name, where it may be one; Basic cannot carry a colon, and a path no slash. Raises `InvalidInput`."""
    is_plain = all(character.isalnum() or character in _NAME_MARKS for character in user_name)
    if not user_name or len(user_name) > MAX_NAME_CHARACTERS or not is_plain:
        detail = f"A user name has 1 to {MAX_NAME_CHARACTERS} letters, digits or characters of . _ @ + -"
        raise InvalidInput(detail, errors=[FieldError("/userName", detail)])
    return user_name


def check_password(password: str) -> str:
    """The password, where it is long enough; any characters are welcome (ASVS 6.2). Raises `InvalidInput`."""
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        detail = f"A password has {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters."
        raise InvalidInput(detail, errors=[FieldError("/password", detail)])
    return password
