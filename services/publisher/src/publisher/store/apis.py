"""APIs in the database. Whoever changes one opens it first: that locks its name, so that changes take turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.api_version import canonical_version
from contracts.publisher import ApiState
from publisher.domain.api import Api, LifecycleEvent
from publisher.domain.caller import plain_roles
from publisher.domain.document import ApiDocument
from publisher.domain.identity import Identity
from publisher.store.tables import ApiAccessRoleRow, ApiPlanRow, ApiRow, ApiTagRow, IdentityRow, LifecycleEventRow


@dataclass(frozen=True, slots=True)
class StoredApi:
    """An API that is open for changes: its rows are locked until the transaction ends."""

    row: ApiRow
    identity: IdentityRow

    @property
    def api(self) -> Api:
        """As it is now, changes of this transaction included."""
        return to_api(self.row, self.identity)


def to_api(row: ApiRow, identity: IdentityRow) -> Api:
    """The value that a row holds."""
    return Api(
        id=row.id,
        identity=Identity(row.name, row.context),
        version=row.version,
        provider=row.provider,
        state=ApiState(row.state),
        is_default=identity.chosen_default == row.id,
        document=ApiDocument(row.document, row.definition),
        created_at=row.created_at,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


class ApiStore:
    """APIs, their names, and what happened to them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, api_id: str) -> Api | None:
        """The API, to look at."""
        query = select(ApiRow, IdentityRow).where(
            col(ApiRow.id) == api_id, col(ApiRow.name_key) == col(IdentityRow.name_key)
        )
        found = (await self._session.execute(query)).one_or_none()
        return to_api(found[0], found[1]) if found else None

    async def open(self, api_id: str) -> StoredApi | None:
        """The API, to change it."""
        name_key = await self._session.scalar(select(ApiRow.name_key).where(col(ApiRow.id) == api_id))
        identity = await self.open_identity(name_key) if name_key is not None else None
        # Only now is it certain that nobody else deletes or changes it.
        row = await self._session.get(ApiRow, api_id, populate_existing=True) if identity else None
        return StoredApi(row, identity) if row and identity else None

    async def open_identity(self, name_key: str) -> IdentityRow | None:
        """Locks a name, so that its versions change one after another."""
        return await self._session.get(IdentityRow, name_key, with_for_update=True, populate_existing=True)

    async def identity_at(self, context_key: str) -> IdentityRow | None:
        """Whose the context is."""
        query = select(IdentityRow).where(col(IdentityRow.context_key) == context_key)
        found: IdentityRow | None = await self._session.scalar(query)
        return found

    async def add_identity(self, identity: Identity) -> IdentityRow:
        """Raises `IntegrityError` where somebody else was faster."""
        row = IdentityRow(
            name_key=identity.name_key, context_key=identity.context_key, name=identity.name, context=identity.context
        )
        self._session.add(row)
        await self._session.flush()
        return row

    async def add(self, api: Api, *, identity: IdentityRow) -> StoredApi:
        """Raises `IntegrityError` where the version exists."""
        row = ApiRow(
            id=api.id,
            name_key=identity.name_key,
            canonical_version=canonical_version(api.version),
            name=api.name,
            context=api.context,
            version=api.version,
            provider=api.provider,
            state=api.state,
            description=api.document.description,
            document=dict(api.document.fields),
            created_at=api.created_at,
            updated_at=api.updated_at,
            updated_by=api.updated_by,
        )
        self._session.add(row)
        await self._session.flush()
        stored = StoredApi(row, identity)
        await self.save_document(stored, api.document)
        return stored

    async def save_document(self, stored: StoredApi, document: ApiDocument) -> None:
        """The new definition, and what is looked up by."""
        row, session = stored.row, self._session
        row.document, row.description = dict(document.fields), document.description
        row.definition = None if document.definition is None else dict(document.definition)
        row.is_restricted = document.is_restricted
        await session.execute(delete(ApiTagRow).where(col(ApiTagRow.api_id) == row.id))
        await session.execute(delete(ApiAccessRoleRow).where(col(ApiAccessRoleRow.api_id) == row.id))
        await session.execute(delete(ApiPlanRow).where(col(ApiPlanRow.api_id) == row.id))
        session.add_all(ApiTagRow(api_id=row.id, tag=tag) for tag in document.tags)
        session.add_all(ApiAccessRoleRow(api_id=row.id, role=role) for role in plain_roles(document.access_roles))
        session.add_all(ApiPlanRow(api_id=row.id, level=level, plan=plan) for level, plan in document.named_plans)
        await session.flush()

    async def remove(self, stored: StoredApi) -> None:
        """The API with its revisions and history; the name stays for its other versions."""
        await self._session.delete(stored.row)
        await self._session.flush()

    async def remove_unused(self, identity: IdentityRow) -> None:
        """Frees the name and context once no version is left."""
        if not await self.versions_of(identity.name_key):
            await self._session.delete(identity)
            await self._session.flush()

    async def versions_of(self, name_key: str) -> Sequence[ApiRow]:
        """All versions of a name."""
        query = select(ApiRow).where(col(ApiRow.name_key) == name_key).order_by(col(ApiRow.created_at))
        return (await self._session.scalars(query)).all()

    async def add_event(self, api_id: str, event: LifecycleEvent) -> None:
        """Appends to the history."""
        self._session.add(
            LifecycleEventRow(
                api_id=api_id, before=event.before, after=event.after, user=event.user, happened_at=event.happened_at
            )
        )
        await self._session.flush()

    async def history(self, api_id: str) -> Sequence[LifecycleEvent]:
        """What happened, oldest first."""
        query = (
            select(LifecycleEventRow)
            .where(col(LifecycleEventRow.api_id) == api_id)
            .order_by(col(LifecycleEventRow.number))
        )
        return [
            LifecycleEvent(ApiState(row.before) if row.before else None, ApiState(row.after), row.user, row.happened_at)
            for row in (await self._session.scalars(query)).all()
        ]


def touch(stored: StoredApi, *, user: str, now: datetime) -> None:
    """Notes who changed it, and when."""
    stored.row.updated_at, stored.row.updated_by = now, user
