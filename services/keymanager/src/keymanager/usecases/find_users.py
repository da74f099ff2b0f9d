"""Reads users."""

from __future__ import annotations

from collections.abc import Sequence

from keymanager.domain.users import User
from keymanager.errors import NotFound
from keymanager.parts import Parts
from keymanager.store.users import UserStore


async def get_user(parts: Parts, user_id: str) -> User:
    """Raises `NotFound`."""
    async with parts.database.reading() as session:
        stored = await UserStore(session).get(user_id)
    if stored is None:
        raise NotFound(f"There is no user with the id {user_id}.")
    return stored.user


async def find_active_user(parts: Parts, user_name: str) -> User | None:
    """The user of that name, unless deactivated."""
    async with parts.database.reading() as session:
        stored = await UserStore(session).find(user_name)
    return stored.user if stored is not None and stored.user.active else None


async def list_users(parts: Parts, *, user_name: str | None, offset: int, limit: int) -> tuple[Sequence[User], int]:
    """A part of the users by name, and how many there are in all."""
    async with parts.database.reading() as session:
        return await UserStore(session).page(user_name=user_name, offset=offset, limit=limit)
