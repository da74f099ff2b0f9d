"""Changes a user. Whoever loses rights loses the tokens that carry them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from keymanager.domain.roles import Role
from keymanager.domain.users import User, check_password, name_key
from keymanager.errors import Conflict, ImmutableAttribute, NotFound
from keymanager.parts import Parts
from keymanager.store.clients import ClientStore
from keymanager.store.users import StoredUser, UserStore


@dataclass(frozen=True, slots=True)
class UserChange:
    """What shall be different; None leaves it as it is."""

    user_name: str | None = None
    password: str | None = None
    roles: frozenset[Role] | None = None
    active: bool | None = None
    profile: Mapping[str, object] | None = None


async def change_user(parts: Parts, user_id: str, change: Callable[[User], UserChange]) -> User:
    """`change` is asked twice, and has no effects. Raises `NotFound`, `InvalidInput`, `Conflict` (the last admin)."""
    async with parts.database.reading() as session:
        wanted = change((await _get(session, user_id)).user)
    new_hash = None if wanted.password is None else await parts.passwords.hash(check_password(wanted.password))
    async with parts.database.transaction() as session:
        stored = await _get(session, user_id, for_update=True)
        changed = _changed(parts, stored.user, change(stored.user))
        await refuse_losing_last_admin(session, stored.user, is_staying=changed.is_admin and changed.active)
        await UserStore(session).save(changed, password_hash=new_hash or stored.password_hash)
        await _revoke_lost_rights(parts, session, stored.user, changed)
    return changed


async def refuse_losing_last_admin(session: AsyncSession, user: User, *, is_staying: bool) -> None:
    """Raises `Conflict` where nobody could administer any more."""
    if is_staying or not user.is_admin:
        return
    if await UserStore(session).active_admin_ids() == {user.id}:
        raise Conflict("This is the last active admin; make another one first.")


async def _get(session: AsyncSession, user_id: str, *, for_update: bool = False) -> StoredUser:
    stored = await UserStore(session).get(user_id, for_update=for_update)
    if stored is None:
        raise NotFound(f"There is no user with the id {user_id}.")
    return stored


def _changed(parts: Parts, user: User, change: UserChange) -> User:
    if change.user_name is not None and name_key(change.user_name) != name_key(user.user_name):
        # Applications and clients belong to user names.
        raise ImmutableAttribute("A user's name cannot change.")
    return replace(
        user,
        roles=user.roles if change.roles is None else change.roles,
        active=user.active if change.active is None else change.active,
        profile=user.profile if change.profile is None else change.profile,
        updated_at=parts.clock(),
    )


async def _revoke_lost_rights(parts: Parts, session: AsyncSession, before: User, after: User) -> None:
    if before.active and not after.active:
        await parts.revocations.end_subject(session, after.user_name)
    elif before.roles - after.roles:
        # Only REST tokens carry roles: live sessions of the user's applications go on.
        for client_id in await ClientStore(session).rest_clients_of(after.user_name):
            await parts.revocations.revoke_client(session, client_id)
