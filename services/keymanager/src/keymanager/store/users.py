"""Users and their roles. Whoever changes a user has read it `for_update` in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from keymanager.domain.roles import Role
from keymanager.domain.users import User, name_key
from keymanager.store.moments import in_utc
from keymanager.store.tables import UserRoleRow, UserRow


@dataclass(frozen=True, slots=True)
class StoredUser:
    """A user with what proves its password."""

    user: User
    password_hash: str


class UserStore:
    """Reads and writes in the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, user_id: str, *, for_update: bool = False) -> StoredUser | None:
        """The user of that id."""
        query = select(UserRow).where(UserRow.id == user_id)
        return await self._one(query.with_for_update() if for_update else query)

    async def find(self, user_name: str) -> StoredUser | None:
        """The user of that name, in whatever case it is written."""
        return await self._one(select(UserRow).where(UserRow.name_key == name_key(user_name)))

    async def page(self, *, user_name: str | None, offset: int, limit: int) -> tuple[Sequence[User], int]:
        """Users by name, and how many there are in all."""
        query = select(UserRow)
        if user_name is not None:
            query = query.where(UserRow.name_key == name_key(user_name))
        total = await self._session.scalar(select(func.count()).select_from(query.subquery()))
        rows = await self._session.scalars(query.order_by(UserRow.name_key).offset(offset).limit(limit))
        stored = await self._with_roles(rows.all())
        return [one.user for one in stored], total or 0

    async def add(self, user: User, *, password_hash: str) -> None:
        """Raises IntegrityError where the name is taken."""
        self._session.add(
            UserRow(
                id=user.id,
                name_key=name_key(user.user_name),
                user_name=user.user_name,
                password_hash=password_hash,
                active=user.active,
                profile=dict(user.profile),
                created_at=user.created_at,
                updated_at=user.updated_at,
            )
        )
        await self._session.flush()
        await self._add_roles(user.id, user.roles)

    async def save(self, user: User, *, password_hash: str) -> None:
        """Everything that may change; the name may not."""
        row = await self._session.get_one(UserRow, user.id)
        row.active, row.profile, row.updated_at = user.active, dict(user.profile), user.updated_at
        row.password_hash = password_hash
        await self._session.execute(delete(UserRoleRow).where(col(UserRoleRow.user_id) == user.id))
        await self._add_roles(user.id, user.roles)

    async def save_password_hash(self, user_id: str, password_hash: str, *, at: datetime) -> None:
        """A newer hash of the same or of another password."""
        row = await self._session.get(UserRow, user_id, with_for_update=True)
        if row is not None:
            row.password_hash, row.updated_at = password_hash, at

    async def remove(self, user_id: str) -> None:
        """The user must be there."""
        await self._session.execute(delete(UserRoleRow).where(col(UserRoleRow.user_id) == user_id))
        await self._session.execute(delete(UserRow).where(col(UserRow.id) == user_id))

    async def active_admin_ids(self) -> set[str]:
        """Locked, so that of two admins who remove each other at the same moment one stays."""
        query = (
            select(UserRow)
            .join(UserRoleRow, col(UserRoleRow.user_id) == col(UserRow.id))
            .where(UserRoleRow.role == Role.ADMIN, col(UserRow.active))
            .order_by(UserRow.id)
            .with_for_update(of=UserRow)
        )
        return {row.id for row in (await self._session.scalars(query)).all()}

    async def _one(self, query: object) -> StoredUser | None:
        row = (await self._session.scalars(query)).one_or_none()  # type: ignore[call-overload]  # SQLModel's select types
        return None if row is None else (await self._with_roles([row]))[0]

    async def _with_roles(self, rows: Sequence[UserRow]) -> Sequence[StoredUser]:
        roles: dict[str, set[Role]] = {row.id: set() for row in rows}
        found = await self._session.scalars(select(UserRoleRow).where(col(UserRoleRow.user_id).in_(roles)))
        for held in found.all():
            roles[held.user_id].add(Role(held.role))
        return [StoredUser(_user(row, roles[row.id], row.profile), row.password_hash) for row in rows]

    async def _add_roles(self, user_id: str, roles: Iterable[Role]) -> None:
        self._session.add_all([UserRoleRow(user_id=user_id, role=role) for role in sorted(roles)])
        await self._session.flush()


def _user(row: UserRow, roles: set[Role], profile: Mapping[str, object]) -> User:
    return User(
        id=row.id,
        user_name=row.user_name,
        roles=frozenset(roles),
        active=row.active,
        created_at=in_utc(row.created_at),
        updated_at=in_utc(row.updated_at),
        profile=profile,
    )
