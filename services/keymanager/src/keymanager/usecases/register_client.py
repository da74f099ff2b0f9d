"""Registers a REST client for a user, as WSO2's dynamic client registration does.

The same name of the same owner is the same client: a repeat gives it one more secret, so that a script may register at
each run without breaking the one that runs beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.clients import CLIENT_CREDENTIALS, DEFAULT_VALIDITY_SECONDS, Client, ClientKind
from keymanager.domain.secrets import new_client_id, new_client_secret
from keymanager.domain.users import User
from keymanager.errors import Forbidden, InvalidInput
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.users import UserStore
from keymanager.usecases.races import look_again_after_losing
from telemetry.problem import FieldError


@dataclass(frozen=True, slots=True)
class RegisterClient:
    """`owner` None is the caller."""

    client_name: str
    owner: str | None
    callback_url: str | None
    grant_types: tuple[str, ...]
    is_saas_app: bool


@dataclass(frozen=True, slots=True)
class RegisteredClient:
    """The secret is shown here and never again."""

    client: Client
    secret: str
    owner: str


async def register_client(parts: Parts, order: RegisterClient, *, caller: User) -> RegisteredClient:
    """Raises `Forbidden` where somebody who is no admin names another owner, `InvalidInput` for an unknown one."""
    owner = await _owner(parts, order.owner, caller)
    grants = tuple(dict.fromkeys((*order.grant_types, CLIENT_CREDENTIALS)))

    async def find_or_make() -> RegisteredClient:
        async with parts.database.transaction() as session:
            client = await _find(session, order, owner, grants) or await _make(parts, session, order, owner, grants)
            secret = new_client_secret()
            await ClientStore(session).add_secret(client.client_id, secret, at=parts.clock())
        return RegisteredClient(client, secret, owner)

    return await look_again_after_losing(find_or_make)


async def _owner(parts: Parts, wanted: str | None, caller: User) -> str:
    if not wanted:
        return caller.user_name
    async with parts.database.reading() as session:
        stored = await UserStore(session).find(wanted)
    if stored is not None and stored.user.id == caller.id:
        return caller.user_name
    if not caller.is_admin:
        raise Forbidden("Only an admin registers clients for other users.")
    if stored is None:
        detail = "There is no such user."
        raise InvalidInput(detail, errors=[FieldError("/owner", detail)])
    return stored.user.user_name


async def _find(session: AsyncSession, order: RegisterClient, owner: str, grants: tuple[str, ...]) -> Client | None:
    clients = ClientStore(session)
    registration = await clients.find_registration(owner=owner, client_name=order.client_name)
    if registration is None:
        return None
    registration.is_saas_app = order.is_saas_app
    client = await clients.get(registration.client_id, for_update=True)
    assert client is not None  # a registration refers to its client by foreign key
    client = replace(client, grant_types=grants)
    await clients.save(client, callback_url=order.callback_url)
    return client


async def _make(
    parts: Parts, session: AsyncSession, order: RegisterClient, owner: str, grants: tuple[str, ...]
) -> Client:
    clients = ClientStore(session)
    client = Client(new_client_id(), ClientKind.REST, owner, grants, DEFAULT_VALIDITY_SECONDS)
    await clients.add(client, callback_url=order.callback_url, at=parts.clock())
    await clients.add_registration(
        owner=owner, client_name=order.client_name, client_id=client.client_id, is_saas_app=order.is_saas_app
    )
    return client
