"""What depends on the database: migrations, a whole journey, and races; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from contracts import publisher as facts
from publisher.store.tables import Table

from .world import World, echo_api


async def test_migrations_make_the_tables_that_the_code_expects(any_world: World) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences: list[object] = compare_metadata(context, Table.metadata)
        return differences

    async with any_world.publisher.database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_journey_of_an_api(any_world: World) -> None:
    world = any_world
    api_id = await world.create(isDefaultVersion=True, tags=["a", "b"], accessControl="NONE")
    await world.act(api_id, "Publish")
    await world.ok("PUT", f"/apis/{api_id}", json=echo_api(description="d", tags=["c"], isDefaultVersion=True))
    found = await world.ok("GET", "/apis", token="creator", params={"query": "tags:c name:ECHO status:published"})
    await world.act(api_id, "Deprecate")
    await world.act(api_id, "Retire")

    assert found["count"] == 1
    assert found["list"][0]["createdTime"].isdigit()
    assert await world.told(facts.Deployment) == {}
    await world.ok("DELETE", f"/apis/{api_id}")
    assert await world.told(facts.DefaultVersion) == {}


async def test_one_of_fifty_creates_of_the_same_api_wins(any_world: World) -> None:
    responses = await asyncio.gather(*(any_world.call("POST", "/apis", json=echo_api()) for _ in range(50)))

    assert Counter(r.status_code for r in responses) == {201: 1, 409: 49}
    assert {r.json()["code"] for r in responses if r.status_code == 409} == {900252}
    assert len(await any_world.told(facts.Api)) == 1


async def test_one_of_fifty_creates_at_the_same_context_wins(any_world: World) -> None:
    bodies = [echo_api(name=f"Echo{number}") for number in range(50)]

    responses = await asyncio.gather(*(any_world.call("POST", "/apis", json=body) for body in bodies))

    assert Counter(r.status_code for r in responses) == {201: 1, 409: 49}
    assert {r.json()["code"] for r in responses if r.status_code == 409} == {900251}


async def test_parallel_revisions_keep_the_limit(any_world: World) -> None:
    api_id = await any_world.create()

    responses = await asyncio.gather(*(any_world.call("POST", f"/apis/{api_id}/revisions", json={}) for _ in range(10)))

    assert Counter(r.status_code for r in responses) == {201: 5, 400: 5}


async def test_parallel_changes_of_the_default_version_leave_one(any_world: World) -> None:
    world = any_world
    ids = [await world.create(version=str(number)) for number in range(1, 6)]
    for api_id in ids:
        await world.act(api_id, "Publish")

    await asyncio.gather(*(world.ok("PUT", f"/apis/{api_id}", json=echo_api(isDefaultVersion=True)) for api_id in ids))

    told = await world.told(facts.Api)
    chosen = [api_id for api_id in ids if told[api_id].is_default_version]
    assert len(chosen) == 1
    assert (await world.told(facts.DefaultVersion))["/echowebsocket"].api_id == chosen[0]
