"""What a client may have in a token: whom it speaks for, and which of the scopes asked for remain."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.devportal import TokenType
from contracts.keymanager import KeyType
from keymanager.domain.clients import Application, Client, ClientKind
from keymanager.domain.roles import Role, is_bound_to
from keymanager.domain.scopes import REST_PREFIX, is_rest_scope, rest_scopes_of
from keymanager.domain.tokens import TokenContent
from keymanager.domain.users import User
from keymanager.errors import InvalidClient, UnauthorizedClient
from keymanager.parts import Parts
from keymanager.store.consumer_keys import ConsumerKeyStore
from keymanager.store.learnt import LearntStore
from keymanager.store.users import UserStore


@dataclass(frozen=True, slots=True)
class Granted:
    """The content of a token, and whether it shall be a JWT or a reference token."""

    content: TokenContent
    is_reference: bool


async def grant_to_rest_client(
    parts: Parts, session: AsyncSession, client: Client, *, asked: tuple[str, ...], lifetime: int
) -> Granted:
    """`apim:*` scopes that the owner's roles give. Raises `UnauthorizedClient` where the owner is gone."""
    owner = await _active_owner(session, client.owner)
    allowed = rest_scopes_of(owner.roles)
    scopes = tuple(name for name in asked if name in allowed or (owner.is_admin and name.startswith(REST_PREFIX)))
    content = TokenContent(
        kind=ClientKind.REST,
        client_id=client.client_id,
        subject=owner.user_name,
        scopes=scopes,
        roles=tuple(sorted(owner.roles)),
        key_type=KeyType.PRODUCTION,
        issued_at=parts.clock(),
        lifetime_seconds=lifetime,
    )
    return Granted(content, is_reference=False)


async def grant_to_application(
    parts: Parts, session: AsyncSession, client: Client, *, asked: tuple[str, ...], lifetime: int
) -> Granted:
    """API scopes that are bound to a role of the application's owner, or to none. Never `apim:*`.

    The application's fact says whose it is and what its tokens are; until it arrives, what came with its key does.
    """
    key = await ConsumerKeyStore(session).of_client(client.client_id)
    if key is None:
        raise InvalidClient("The client is unknown, or its secret is wrong.")
    told = await LearntStore(session).application(key.application_id)
    application = told or Application(key.application_id, key.owner, key.token_type)
    owner = await _active_owner(session, application.owner)
    content = TokenContent(
        kind=ClientKind.APPLICATION,
        client_id=client.client_id,
        subject=owner.user_name,
        scopes=await _allowed_api_scopes(session, asked, owner.roles),
        roles=(),
        key_type=key.key_type,
        issued_at=parts.clock(),
        lifetime_seconds=lifetime,
    )
    return Granted(content, is_reference=application.token_type == TokenType.OAUTH)


async def _active_owner(session: AsyncSession, user_name: str | None) -> User:
    stored = await UserStore(session).find(user_name) if user_name else None
    if stored is None or not stored.user.active:
        raise UnauthorizedClient("The owner of the client is not an active user.")
    return stored.user


async def _allowed_api_scopes(session: AsyncSession, asked: tuple[str, ...], roles: frozenset[Role]) -> tuple[str, ...]:
    names = [name for name in asked if not is_rest_scope(name)]
    if not names:
        return ()
    bindings = await LearntStore(session).bindings(names)
    allowed = {name for name, bound in bindings if is_bound_to(bound, roles=roles)}
    return tuple(name for name in names if name in allowed)
