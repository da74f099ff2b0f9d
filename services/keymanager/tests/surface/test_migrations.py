"""Migrations make exactly the tables, on both databases; and the journey works on PostgreSQL too."""

from __future__ import annotations

import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from contracts.keymanager import Revocation
from keymanager.bootstrap import MIGRATIONS
from keymanager.store.tables import Table
from outbox import Database
from outbox.migrating import migrate

from .world import ADMIN, World, application, world_on


@pytest.fixture(params=["sqlite", "postgres"])
def any_database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("database_url" if request.param == "sqlite" else "postgres_url")
    return url


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Table.metadata))


async def test_migrations_agree_with_the_tables(any_database_url: str) -> None:
    database = Database(any_database_url)
    try:
        await migrate(database, MIGRATIONS)
        await migrate(database, MIGRATIONS)
        async with database.engine.connect() as connection:
            found = await connection.run_sync(differences)
    finally:
        await database.close()

    assert found == []


async def test_journey_on_postgres(postgres_url: str) -> None:
    async with world_on(postgres_url) as world:
        await _journey(world)


async def _journey(world: World) -> None:
    user_id = await world.create_user("subscriber", "subscriber")
    taken = await world.http.post(
        "/scim2/Users", json={"userName": "Subscriber", "password": "a-good-password"}, auth=ADMIN
    )
    rest = await world.register("subscriber")
    registered = await asyncio.gather(*(world.register("subscriber", client="other") for _ in range(4)))
    kept = await asyncio.gather(*(world.keep_key("key-1", tokenType="OAUTH") for _ in range(4)))
    key = kept[0].json()["clientId"], kept[0].json()["clientSecret"]
    token = await world.rest_token(key)
    fact = await world.reference_token_fact(token)

    assert taken.status_code == 409
    assert len({client_id for client_id, _ in registered}) == 1
    assert sorted(answer.status_code for answer in kept) == [200, 200, 200, 201]
    assert (await world.token(rest, "apim:subscribe")).json()["scope"] == "apim:subscribe"

    await world.tell(application(token_type="OAUTH"))
    await world.tell(application().model_copy(update={"deleted": True}))
    await world.no_fact(fact.topic.name, fact.hash)
    assert (await world.http.delete(f"/scim2/Users/{user_id}", auth=ADMIN)).status_code == 204
    await world.fact(Revocation.topic.name, "subject:subscriber")
    assert (await world.token(rest)).status_code == 401
