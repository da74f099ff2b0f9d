"""Gateway environments in the database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.publisher import Vhost
from publisher.domain.environment import Environment
from publisher.store.tables import EnvironmentRow


class EnvironmentStore:
    """Environments by name."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Sequence[Environment]:
        """By name."""
        rows = (await self._session.scalars(select(EnvironmentRow).order_by(col(EnvironmentRow.name)))).all()
        return [_to_environment(row) for row in rows]

    async def find(self, name: str) -> Environment | None:
        """The one of that name."""
        row = await self._session.get(EnvironmentRow, name)
        return _to_environment(row) if row else None

    async def put(self, environment: Environment) -> None:
        """As it is now."""
        await self._session.merge(
            EnvironmentRow(
                name=environment.name,
                id=environment.id,
                display_name=environment.display_name,
                type=environment.type,
                vhosts=[vhost.model_dump() for vhost in environment.vhosts],
            )
        )
        await self._session.flush()


def _to_environment(row: EnvironmentRow) -> Environment:
    vhosts = tuple(Vhost.model_validate(vhost) for vhost in row.vhosts)
    return Environment(row.id, row.name, row.display_name, row.type, vhosts)
