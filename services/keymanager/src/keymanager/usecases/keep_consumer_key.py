"""Makes an application's OAuth client, or changes it. The devportal chooses the id, so a repeat is harmless."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.clients import Client, ClientKind, check_lifetime
from keymanager.domain.secrets import new_client_id, new_client_secret
from keymanager.errors import Conflict
from keymanager.events.outgoing import consumer_key_fact
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.consumer_keys import ACTIVE, ConsumerKeyStore
from keymanager.store.learnt import LearntStore
from keymanager.store.tables import ConsumerKeyRow
from keymanager.usecases.races import look_again_after_losing


@dataclass(frozen=True, slots=True)
class KeepConsumerKey:
    """What the devportal wants of a key."""

    key_mapping_id: str
    application_id: str
    application_name: str
    owner: str
    token_type: str
    key_type: str
    grant_types: tuple[str, ...]
    callback_url: str | None
    validity_seconds: int
    additional_properties: Mapping[str, object]
    with_secret: bool


@dataclass(frozen=True, slots=True)
class KeptConsumerKey:
    """The secret is shown here and never again."""

    row: ConsumerKeyRow
    client: Client
    callback_url: str | None
    secret: str | None
    is_new: bool = False


async def keep_consumer_key(parts: Parts, order: KeepConsumerKey) -> KeptConsumerKey:
    """A repeat answers the same client with a further secret. Raises `InvalidInput`, `Conflict`."""
    check_lifetime(order.validity_seconds, longest=parts.policy.max_lifetime, pointer="/validityTime")

    async def find_or_make() -> KeptConsumerKey:
        async with parts.database.transaction() as session:
            row = await ConsumerKeyStore(session).get(order.key_mapping_id, for_update=True)
            is_new = row is None
            client = await (_change(session, row, order) if row else _make(parts, session, order))
            kept = await ConsumerKeyStore(session).of_client(client.client_id)
            assert kept is not None  # made or found just now, in this transaction
            secret = await _add_secret(parts, session, client) if order.with_secret or is_new else None
            return KeptConsumerKey(kept, client, order.callback_url, secret, is_new)

    return await look_again_after_losing(find_or_make)


async def _add_secret(parts: Parts, session: AsyncSession, client: Client) -> str:
    secret = new_client_secret()
    await ClientStore(session).add_secret(client.client_id, secret, at=parts.clock())
    return secret


async def _change(session: AsyncSession, row: ConsumerKeyRow, order: KeepConsumerKey) -> Client:
    if row.application_id != order.application_id or row.key_type != order.key_type:
        raise Conflict("This keyMappingId belongs to another application or key type.")
    clients = ClientStore(session)
    client = await clients.get(row.client_id, for_update=True)
    if client is None or row.state != ACTIVE:
        raise Conflict("This keyMappingId was deleted; it is not used again.")
    row.application_name, row.owner, row.token_type = order.application_name, order.owner, order.token_type
    row.additional_properties = dict(order.additional_properties)
    changed = replace(client, owner=order.owner, grant_types=order.grant_types, validity_seconds=order.validity_seconds)
    await clients.save(changed, callback_url=order.callback_url)
    return changed


async def _make(parts: Parts, session: AsyncSession, order: KeepConsumerKey) -> Client:
    if await LearntStore(session).is_application_deleted(order.application_id):
        raise Conflict("The application is deleted.")
    client = Client(new_client_id(), ClientKind.APPLICATION, order.owner, order.grant_types, order.validity_seconds)
    await ClientStore(session).add(client, callback_url=order.callback_url, at=parts.clock())
    row = ConsumerKeyRow(
        key_mapping_id=order.key_mapping_id,
        client_id=client.client_id,
        application_id=order.application_id,
        application_name=order.application_name,
        owner=order.owner,
        token_type=order.token_type,
        key_type=order.key_type,
        additional_properties=dict(order.additional_properties),
        state=ACTIVE,
    )
    await ConsumerKeyStore(session).add(row)
    await parts.outbox.put(session, consumer_key_fact(row))
    return client
