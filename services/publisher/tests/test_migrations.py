"""What migrations do with rows that are there already."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlmodel import select

from outbox import Database
from outbox.migrating import migrate
from publisher.bootstrap import MIGRATIONS
from publisher.store.tables import ApiPlanRow


def _upgrade_to_first(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    connection.execute(
        text("INSERT INTO api_identity (name_key, context_key, name, context) VALUES ('e','/e','E','/e')")
    )
    connection.execute(
        text(
            "INSERT INTO api (id, name_key, canonical_version, name, context, version, provider, state, description,"
            " is_restricted, document, last_revision, created_at, updated_at, updated_by) VALUES ('a', 'e', '1', 'E',"
            " '/e', '1', 'p', 'CREATED', '', false, :document, 0, :now, :now, 'p')"
        ),
        {
            "document": '{"policies": ["Gold", "Gold", "Silver"], "apiThrottlingPolicy": "10KPerMin"}',
            "now": datetime(2026, 1, 1, tzinfo=UTC),
        },
    )


async def test_plans_of_apis_that_are_there_are_in_use(any_empty_url: str) -> None:
    database = Database(any_empty_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(_upgrade_to_first)

    await migrate(database, MIGRATIONS)

    async with database.reading() as session:
        rows = {(row.level, row.plan) for row in await session.scalars(select(ApiPlanRow))}
    await database.close()
    assert rows == {("subscription", "Gold"), ("subscription", "Silver"), ("api", "10KPerMin")}
