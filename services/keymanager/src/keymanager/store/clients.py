"""OAuth clients, their secrets, and the registrations of REST clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from keymanager.domain.clients import Client, ClientKind
from keymanager.domain.secrets import MAX_LIVE_SECRETS, hash_secret
from keymanager.store.tables import ClientRow, ClientSecretRow, RegistrationRow


class ClientStore:
    """Reads and writes in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, client_id: str, *, for_update: bool = False) -> Client | None:
        """Locked, nobody can issue a stored token for the client until the transaction ends."""
        row = await self._session.get(ClientRow, client_id, with_for_update=for_update)
        return None if row is None else _client(row)

    async def secret_hashes(self, client_id: str) -> Sequence[str]:
        """Of the secrets that work, the oldest first."""
        rows = await self._secrets(client_id)
        return [row.hash for row in rows]

    async def add(self, client: Client, *, callback_url: str | None, at: datetime) -> None:
        """Raises IntegrityError where the id is taken."""
        self._session.add(
            ClientRow(
                client_id=client.client_id,
                kind=client.kind,
                owner=client.owner,
                grant_types=list(client.grant_types),
                callback_url=callback_url,
                validity_seconds=client.validity_seconds,
                created_at=at,
            )
        )
        await self._session.flush()

    async def save(self, client: Client, *, callback_url: str | None) -> None:
        """What may change: owner, grants, callback and lifetime."""
        row = await self._session.get_one(ClientRow, client.client_id)
        row.owner, row.grant_types, row.callback_url = client.owner, list(client.grant_types), callback_url
        row.validity_seconds = client.validity_seconds

    async def callback_url(self, client_id: str) -> str | None:
        row = await self._session.get(ClientRow, client_id)
        return None if row is None else row.callback_url

    async def add_secret(self, client_id: str, secret: str, *, at: datetime) -> None:
        """One more secret that works; beyond `MAX_LIVE_SECRETS` the oldest stops working."""
        self._session.add(ClientSecretRow(client_id=client_id, hash=hash_secret(secret), created_at=at))
        await self._session.flush()
        for row in (await self._secrets(client_id))[:-MAX_LIVE_SECRETS]:
            await self._session.delete(row)

    async def replace_secrets(self, client_id: str, secret: str, *, at: datetime) -> None:
        """From now on this is the only one."""
        await self._session.execute(delete(ClientSecretRow).where(col(ClientSecretRow.client_id) == client_id))
        await self.add_secret(client_id, secret, at=at)

    async def find_registration(self, *, owner: str, client_name: str) -> RegistrationRow | None:
        """The REST client that the owner registered under this name."""
        return await self._session.get(RegistrationRow, (owner, client_name), with_for_update=True)

    async def add_registration(self, *, owner: str, client_name: str, client_id: str, is_saas_app: bool) -> None:
        """Raises IntegrityError where another request was quicker."""
        self._session.add(
            RegistrationRow(owner=owner, client_name=client_name, client_id=client_id, is_saas_app=is_saas_app)
        )
        await self._session.flush()

    async def rest_clients_of(self, owner: str) -> Sequence[str]:
        """The ids of the REST clients that belong to a user."""
        query = select(ClientRow.client_id).where(ClientRow.owner == owner, ClientRow.kind == ClientKind.REST)
        return (await self._session.scalars(query)).all()

    async def remove(self, client_id: str) -> None:
        """With its secrets and its registration; its stored tokens must be gone before."""
        for table in (ClientSecretRow, RegistrationRow, ClientRow):
            await self._session.execute(delete(table).where(col(table.client_id) == client_id))

    async def _secrets(self, client_id: str) -> Sequence[ClientSecretRow]:
        query = (
            select(ClientSecretRow)
            .where(ClientSecretRow.client_id == client_id)
            .order_by(col(ClientSecretRow.created_at), col(ClientSecretRow.hash))
        )
        return (await self._session.scalars(query)).all()


def _client(row: ClientRow) -> Client:
    return Client(
        client_id=row.client_id,
        kind=ClientKind(row.kind),
        owner=row.owner,
        grant_types=tuple(row.grant_types),
        validity_seconds=row.validity_seconds,
    )
