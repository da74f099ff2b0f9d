"""Ends a consumer key: its client, its secrets, its tokens. Its id is remembered and never used again."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.events.outgoing import consumer_key_fact
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.consumer_keys import ACTIVE, DELETED, ConsumerKeyStore
from keymanager.store.tables import ConsumerKeyRow
from keymanager.usecases.revocations import Revocations


async def delete_consumer_key(parts: Parts, key_mapping_id: str) -> None:
    """Deleting what is not there is harmless."""
    async with parts.database.transaction() as session:
        row = await ConsumerKeyStore(session).get(key_mapping_id, for_update=True)
        if row is not None and row.state == ACTIVE:
            await end_consumer_key(session, row, parts.revocations)


async def end_consumer_key(session: AsyncSession, row: ConsumerKeyRow, revocations: Revocations) -> None:
    """In the caller's transaction, with the facts that tell of it."""
    clients = ClientStore(session)
    # Locked first: a token that is being stored for the client is waited for, and then found.
    await clients.get(row.client_id, for_update=True)
    await revocations.end_client(session, row.client_id)
    await clients.remove(row.client_id)
    await revocations.tell_deleted(session, consumer_key_fact(row))
    row.state = DELETED
    await session.flush()
