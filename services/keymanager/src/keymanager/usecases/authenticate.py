"""Users prove who they are by password, clients by secret. A wrong guess costs what a right one costs."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.clients import Client
from keymanager.domain.secrets import is_secret_of
from keymanager.domain.users import User, name_key
from keymanager.errors import InvalidClient, WrongCredentials
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.users import UserStore


async def authenticate_user(parts: Parts, user_name: str, *, password: str, source: str) -> User:
    """The active user of that name and password. Raises `WrongCredentials`, `TooManyAttempts`."""

    async def check() -> User | None:
        async with parts.database.reading() as session:
            stored = await UserStore(session).find(user_name)
        known_hash = stored.password_hash if stored else None
        is_right, newer_hash = await parts.passwords.verify(password, known_hash=known_hash)
        if stored is None or not is_right or not stored.user.active:
            return None
        if newer_hash is not None:
            async with parts.database.transaction() as session:
                await UserStore(session).save_password_hash(stored.user.id, newer_hash, at=parts.clock())
        return stored.user

    user = await parts.attempts.guarded(check, name=f"user:{name_key(user_name)}", source=source)
    if user is None:
        raise WrongCredentials("The user name or the password is wrong.")
    return user


async def authenticate_client(parts: Parts, client_id: str, *, secret: str, source: str) -> Client:
    """The client of that id and secret (RFC 6749 2.3.1). Raises `InvalidClient`, `TooManyAttempts`."""

    async def check() -> Client | None:
        async with parts.database.reading() as session:
            return await find_client_by_secret(session, client_id, secret=secret)

    client = await parts.attempts.guarded(check, name=f"client:{client_id}", source=source)
    if client is None:
        raise InvalidClient("The client is unknown, or its secret is wrong.")
    return client


async def find_client_by_secret(session: AsyncSession, client_id: str, *, secret: str) -> Client | None:
    """The same work whether the client is unknown or the secret is wrong."""
    clients = ClientStore(session)
    client = await clients.get(client_id)
    hashes = await clients.secret_hashes(client_id)
    return client if is_secret_of(hashes, secret=secret) else None
