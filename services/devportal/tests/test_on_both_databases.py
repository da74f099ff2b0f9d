"""What depends on the database: migrations, a whole journey, and races; on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from contracts.devportal import Application, Subscription
from contracts.publisher import DefaultVersion
from devportal.store.tables import Table

from .world import World, api_fact


async def test_migrations_make_the_tables_that_the_code_expects(any_world: World) -> None:
    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences: list[object] = compare_metadata(context, Table.metadata)
        return differences

    async with any_world.devportal.database.engine.connect() as connection:
        assert await connection.run_sync(compare) == []


async def test_journey_from_the_catalogue_to_a_token(any_world: World) -> None:
    world = any_world
    api_id = await world.publish(tags=("chat",), description="Echoes")
    await world.learn(DefaultVersion(context="/echowebsocket", api_id=api_id))
    found = await world.ok("GET", "/apis", token=None, params={"query": 'name:ECHO tag:"chat" description:echo'})
    tags = await world.ok("GET", "/tags", token=None)
    application_id = await world.application("Ärger", attributes={"ä": "ü"})
    subscription_id = await world.subscribe(application_id, found["list"][0]["id"])
    request = {"keyType": "PRODUCTION", "grantTypesToBeSupported": ["client_credentials"]}
    keys = await world.ok("POST", f"/applications/{application_id}/generate-keys", json=request)
    token_path = f"/applications/{application_id}/oauth-keys/{keys['keyMappingId']}/generate-token"
    token = await world.ok("POST", token_path, json={"consumerSecret": keys["consumerSecret"]})
    listed = await world.ok("GET", "/applications", params={"query": "rger", "sortBy": "createdTime"})
    application = await world.ok("GET", f"/applications/{application_id}")
    subscriptions = await world.ok("GET", "/subscriptions", params={"applicationId": application_id})
    await world.ok("DELETE", f"/subscriptions/{subscription_id}")
    await world.ok("DELETE", f"/applications/{application_id}/oauth-keys/{keys['keyMappingId']}")
    await world.ok("DELETE", f"/applications/{application_id}")

    assert tags["list"] == [{"value": "chat", "count": 1}]
    assert token["accessToken"]
    assert (listed["count"], subscriptions["count"]) == (1, 1)
    assert application["attributes"] == {"ä": "ü"}
    assert application["createdTime"].isdigit()
    assert world.keymanager.keys == {}
    assert (await world.told(Application), await world.told(Subscription)) == ({}, {})


async def test_one_of_fifty_subscribers_wins(any_world: World) -> None:
    world = any_world
    api_id, application_id = await world.publish(), await world.application()
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}

    responses = await asyncio.gather(*(world.call("POST", "/subscriptions", json=body) for _ in range(50)))

    assert Counter(response.status_code for response in responses) == {201: 1, 409: 49}
    assert {response.json()["code"] for response in responses if response.status_code == 409} == {900336}
    assert len(await world.told(Subscription)) == 1


async def test_one_of_fifty_applications_of_a_name_wins(any_world: World) -> None:
    world, body = any_world, {"name": "Same", "throttlingPolicy": "Unlimited"}

    responses = await asyncio.gather(*(world.call("POST", "/applications", json=body) for _ in range(50)))

    assert Counter(response.status_code for response in responses) == {201: 1, 409: 49}
    assert len(await world.told(Application)) == 1


async def test_subscribing_and_unsubscribing_at_once_leaves_rows_and_facts_alike(any_world: World) -> None:
    world = any_world
    api_id, application_id = await world.publish(), await world.application()
    body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": "Gold"}

    async def subscribe_and_leave() -> int:
        response = await world.call("POST", "/subscriptions", json=body)
        if response.status_code == 201:
            await world.call("DELETE", f"/subscriptions/{response.json()['subscriptionId']}")
        return response.status_code

    statuses = await asyncio.gather(*(subscribe_and_leave() for _ in range(30)))

    assert set(statuses) <= {201, 409}
    assert (await world.row_counts())["subscription"] == len(await world.told(Subscription)) == 0


async def test_api_or_application_that_ends_while_people_subscribe_leaves_nothing(any_world: World) -> None:
    world = any_world
    api_ids = [await world.publish(name=f"Api{number}", context=f"/api{number}") for number in range(10)]
    application_id = await world.application()
    bodies = [{"applicationId": application_id, "apiId": api, "throttlingPolicy": "Gold"} for api in api_ids]

    results = await asyncio.gather(
        *(world.call("POST", "/subscriptions", json=body) for body in bodies),
        *(world.learn(api_fact(id=api, deleted=True)) for api in api_ids[:5]),
        world.call("DELETE", f"/applications/{application_id}"),
    )

    statuses = {response.status_code for response in results[:10] if response is not None}
    assert statuses <= {201, 404}
    assert (await world.row_counts())["subscription"] == len(await world.told(Subscription)) == 0
