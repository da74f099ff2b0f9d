"""Makes a user."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from keymanager.domain.roles import Role
from keymanager.domain.users import User, check_name, check_password
from keymanager.errors import UserNameTaken
from keymanager.parts import Parts
from keymanager.store.users import UserStore


@dataclass(frozen=True, slots=True)
class CreateUser:
    """`profile` holds the attributes of RFC 7643 4.1 that mean nothing to us."""

    user_name: str
    password: str
    roles: frozenset[Role]
    active: bool
    profile: Mapping[str, object]


async def create_user(parts: Parts, order: CreateUser) -> User:
    """Raises `InvalidInput`, `UserNameTaken`."""
    now = parts.clock()
    user = User(
        id=str(uuid.uuid4()),
        user_name=check_name(order.user_name),
        roles=order.roles,
        active=order.active,
        created_at=now,
        updated_at=now,
        profile=order.profile,
    )
    await _refuse_taken(parts, user.user_name)
    password_hash = await parts.passwords.hash(check_password(order.password))
    try:
        async with parts.database.transaction() as session:
            await UserStore(session).add(user, password_hash=password_hash)
    except IntegrityError as error:
        raise _taken(user.user_name) from error
    return user


async def _refuse_taken(parts: Parts, user_name: str) -> None:
    """Before the costly hash; the constraint decides between two at the same moment."""
    async with parts.database.reading() as session:
        if await UserStore(session).find(user_name) is not None:
            raise _taken(user_name)


def _taken(user_name: str) -> UserNameTaken:
    return UserNameTaken(f"There is a user {user_name} already.")
