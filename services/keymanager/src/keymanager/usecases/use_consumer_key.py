"""Reads a consumer key, gives it a new secret, and makes a token for its application."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.clients import CLIENT_CREDENTIALS, Client, check_lifetime
from keymanager.domain.secrets import new_client_secret
from keymanager.domain.tokens import IssuedToken
from keymanager.errors import InvalidInput, NotFound, OAuthError
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.consumer_keys import ACTIVE, ConsumerKeyStore
from keymanager.usecases.authenticate import find_client_by_secret
from keymanager.usecases.issue_token import issue_token
from keymanager.usecases.keep_consumer_key import KeptConsumerKey
from telemetry.problem import FieldError


async def get_consumer_key(parts: Parts, key_mapping_id: str) -> KeptConsumerKey:
    """Without a secret: that is shown once. Raises `NotFound`."""
    async with parts.database.reading() as session:
        return await _get(session, key_mapping_id)


async def regenerate_secret(parts: Parts, key_mapping_id: str) -> tuple[str, str]:
    """Client id and new secret; all others stop working at once. Raises `NotFound`."""
    async with parts.database.transaction() as session:
        kept = await _get(session, key_mapping_id, for_update=True)
        secret = new_client_secret()
        await ClientStore(session).replace_secrets(kept.client.client_id, secret, at=parts.clock())
    return kept.client.client_id, secret


async def generate_token(
    parts: Parts, key_mapping_id: str, *, secret: str | None, scopes: Sequence[str], validity_seconds: int | None
) -> IssuedToken:
    """What the client credentials grant would give. Raises `NotFound`, `InvalidInput`."""
    if validity_seconds is not None:
        check_lifetime(validity_seconds, longest=parts.policy.max_lifetime, pointer="/validityPeriod")
    async with parts.database.reading() as session:
        client = (await _get(session, key_mapping_id)).client
        if secret is not None:
            await _check_secret(session, client, secret)
    parameters = {"grant_type": CLIENT_CREDENTIALS, "scope": " ".join(scopes)}
    try:
        return await issue_token(parts, client, parameters, lifetime=validity_seconds)
    except OAuthError as error:
        raise InvalidInput(error.description) from error


async def _check_secret(session: AsyncSession, client: Client, secret: str) -> None:
    if await find_client_by_secret(session, client.client_id, secret=secret) is None:
        detail = "This is not the consumer secret."
        raise InvalidInput(detail, errors=[FieldError("/clientSecret", detail)])


async def _get(session: AsyncSession, key_mapping_id: str, *, for_update: bool = False) -> KeptConsumerKey:
    row = await ConsumerKeyStore(session).get(key_mapping_id, for_update=for_update)
    clients = ClientStore(session)
    client = await clients.get(row.client_id, for_update=for_update) if row else None
    if row is None or client is None or row.state != ACTIVE:
        raise NotFound(f"There is no consumer key {key_mapping_id}.")
    return KeptConsumerKey(row, client, await clients.callback_url(client.client_id), secret=None)
