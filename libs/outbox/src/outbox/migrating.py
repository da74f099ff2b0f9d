"""Brings a service's database to the newest schema, and says whether it is there.

Migrations run from the service's own package (`python -m publisher migrate`); one at a time, also with several
replicas.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from outbox.database import Database
from outbox.database_away import DatabaseAway

_MIGRATION_LOCK = 7_305_112_900_411


async def migrate(database: Database, migrations: Path) -> None:
    """Upgrades to head; a database that is there already is left alone."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
        await connection.run_sync(_upgrade, migrations)


class SchemaCheck:
    """A readiness check: a service whose schema is not at head waits, and says so."""

    def __init__(self, database: Database, migrations: Path) -> None:
        self._database = database
        self._head = ScriptDirectory.from_config(_config(migrations)).get_current_head()
        self._is_at_head = False

    async def wait(self, *, every: timedelta = timedelta(seconds=1)) -> None:
        """Returns when the schema is at head."""
        while await self.check() is not None:
            await asyncio.sleep(every.total_seconds())

    async def check(self) -> str | None:
        """None at head; the answer is remembered, since a schema never goes back under a running service."""
        if self._is_at_head:
            return None
        try:
            with self._database.told_when_away():
                async with self._database.engine.connect() as connection:
                    current = await connection.run_sync(_current)
        except DatabaseAway:
            return "the database does not answer"
        self._is_at_head = current == self._head
        return None if self._is_at_head else f"the schema is at {current or 'nothing'}, not at {self._head}: migrate"


def run_migrations(context: EnvironmentContext, metadata: object) -> None:
    """What a service's `migrations/env.py` does, on the connection that `migrate` passes in."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,  # type: ignore[arg-type]  # SQLModel types its metadata loosely
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _upgrade(connection: Connection, migrations: Path) -> None:
    config = _config(migrations)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    return config
