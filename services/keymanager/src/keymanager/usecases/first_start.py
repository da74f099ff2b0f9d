"""What a key manager must have before it serves: signing key, issuer, roles, an admin, the clients of our services.

Done by whoever leads, at each start; what is there is left alone. Of two replicas one insert wins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from backends.errors import CannotOpen
from contracts.keymanager import RESIDENT_KEY_MANAGER
from contracts.keymanager import Role as RoleFact
from hosting.settings import UnusableSettings
from keymanager.domain.clients import DEFAULT_VALIDITY_SECONDS, Client, ClientKind
from keymanager.domain.roles import DESCRIPTIONS, Role
from keymanager.domain.secrets import is_secret_of
from keymanager.domain.users import ADMIN_NAME
from keymanager.errors import UserNameTaken
from keymanager.events.outgoing import RESIDENT_ID, issuer_fact, signing_key_fact
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.signing_keys import SigningKeyStore
from keymanager.store.tables import IssuerRow, RoleRow, SigningKeyRow
from keymanager.store.users import UserStore
from keymanager.usecases.create_user import CreateUser, create_user
from tokens.key_pairs import new_key_pair


@dataclass(frozen=True, slots=True)
class FirstStart:
    """The settings that matter here. `client_secrets` are by client id."""

    admin_password: SecretStr | None = None
    client_secrets: Mapping[str, SecretStr] = field(default_factory=dict)


async def add_first_rows(parts: Parts, wanted: FirstStart) -> None:
    """Raises `UnusableSettings` where a setting is missing or does not fit what is stored."""
    await _ensure_signing_key(parts)
    async with parts.database.transaction() as session:
        await _ensure_issuer(parts, session)
        await _ensure_roles(parts, session)
        for client_id, secret in wanted.client_secrets.items():
            await _ensure_service_client(parts, session, client_id, secret.get_secret_value())
    await _ensure_admin(parts, wanted.admin_password)


async def _ensure_signing_key(parts: Parts) -> None:
    algorithm = parts.policy.algorithm
    async with parts.database.reading() as session:
        newest = await SigningKeyStore(session).newest(algorithm)
    if newest is not None:
        _refuse_other_seal(parts, newest)
        return
    pair = await asyncio.to_thread(new_key_pair, algorithm)
    row = SigningKeyRow(
        kid=pair.kid,
        algorithm=algorithm,
        generation=1,
        sealed_private_key=parts.seal.close(pair.private_pem, context=pair.kid),
        public_jwk=pair.public_jwk,
        issuer=parts.policy.issuer,
        created_at=parts.clock(),
    )
    try:
        async with parts.database.transaction() as session:
            await SigningKeyStore(session).add(row)
            await parts.outbox.put(session, signing_key_fact(row))
    except IntegrityError:
        return  # another replica made it


def _refuse_other_seal(parts: Parts, row: SigningKeyRow) -> None:
    try:
        parts.seal.open(row.sealed_private_key, context=row.kid)
    except CannotOpen as error:
        raise UnusableSettings(
            f"the signing key {row.kid} does not open with the key of KEYMANAGER_ENCRYPTION_KEY_FILE: {error}"
        ) from error


async def _ensure_issuer(parts: Parts, session: AsyncSession) -> None:
    """A new public URL is a new issuer: the old one is no longer believed, the keys are the new one's."""
    keys, issuer = SigningKeyStore(session), parts.policy.issuer
    row = await keys.issuer(RESIDENT_ID)
    if row is not None and row.issuer == issuer:
        return
    if row is None:
        await keys.add_issuer(IssuerRow(id=RESIDENT_ID, issuer=issuer, name=RESIDENT_KEY_MANAGER))
    else:
        await parts.outbox.delete(session, issuer_fact(row.issuer))
        row.issuer = issuer
    await parts.outbox.put(session, issuer_fact(issuer))
    for key in await keys.every():
        if key.issuer != issuer:
            key.issuer = issuer
            await parts.outbox.put(session, signing_key_fact(key))


async def _ensure_roles(parts: Parts, session: AsyncSession) -> None:
    for role in Role:
        if await session.get(RoleRow, role.value) is None:
            session.add(RoleRow(name=role.value, description=DESCRIPTIONS[role]))
            await parts.outbox.put(session, RoleFact(name=role.value, description=DESCRIPTIONS[role]))


async def _ensure_service_client(parts: Parts, session: AsyncSession, client_id: str, secret: str) -> None:
    clients = ClientStore(session)
    if await clients.get(client_id) is None:
        client = Client(client_id, ClientKind.SERVICE, None, (), DEFAULT_VALIDITY_SECONDS)
        await clients.add(client, callback_url=None, at=parts.clock())
    if not is_secret_of(await clients.secret_hashes(client_id), secret=secret):
        await clients.replace_secrets(client_id, secret, at=parts.clock())


async def _ensure_admin(parts: Parts, password: SecretStr | None) -> None:
    async with parts.database.reading() as session:
        if await UserStore(session).find(ADMIN_NAME) is not None:
            return
    if password is None:
        raise UnusableSettings("SLUICE_ADMIN_PASSWORD: the first start needs it to make the user admin")
    order = CreateUser(ADMIN_NAME, password.get_secret_value(), frozenset({Role.ADMIN}), active=True, profile={})
    try:
        await create_user(parts, order)
    except UserNameTaken:
        return  # another replica made it
