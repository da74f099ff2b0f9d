"""Deletes a user, the REST clients it registered, and the effect of every token that speaks for it."""

from __future__ import annotations

from keymanager.errors import NotFound
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.users import UserStore
from keymanager.usecases.change_user import refuse_losing_last_admin


async def delete_user(parts: Parts, user_id: str) -> None:
    """Raises `NotFound`, `Conflict` (the last admin)."""
    async with parts.database.transaction() as session:
        users, clients = UserStore(session), ClientStore(session)
        stored = await users.get(user_id, for_update=True)
        if stored is None:
            raise NotFound(f"There is no user with the id {user_id}.")
        await refuse_losing_last_admin(session, stored.user, is_staying=False)
        name = stored.user.user_name
        await parts.revocations.end_subject(session, name)
        for client_id in await clients.rest_clients_of(name):
            await clients.remove(client_id)
        await users.remove(user_id)
