"""A database that cannot be written is 503 in the form of each protocol, and a repeat works once it can."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx2
from sqlalchemy import text

from .world import ADMIN, World

CLIENT = {"clientName": "script", "owner": "admin", "grantType": "client_credentials"}
USER = {"userName": "bob", "password": "a-good-password"}


@asynccontextmanager
async def locked(world: World) -> AsyncIterator[None]:
    """Another program writes to the file and comes to no end; the key manager does not wait for it, to save time."""
    database = world.keymanager.parts.database
    async with database.transaction() as session:
        await session.execute(text("PRAGMA busy_timeout=0"))
    with closing(sqlite3.connect(str(database.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def expect_away(answer: httpx2.Response, *, media_type: str) -> None:
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), answer.text
    assert answer.headers["content-type"] == media_type


async def test_rest_says_it_as_a_problem(world: World) -> None:
    async with locked(world):
        answer = await world.http.post("/client-registration/v0.17/register", json=CLIENT, auth=ADMIN)

    expect_away(answer, media_type="application/problem+json")
    assert answer.json()["code"] == 503


async def test_oauth_says_it_in_rfc_6749s_form(world: World) -> None:
    await world.create_user("creator", "creator")
    client = await world.register("creator")
    token = {"token": await world.rest_token(client)}

    async with locked(world):
        answer = await world.http.post("/oauth2/revoke", data=token, auth=client)

    expect_away(answer, media_type="application/json")
    assert answer.json()["error"] == "temporarily_unavailable"
    assert (await world.http.post("/oauth2/revoke", data=token, auth=client)).status_code == 200


async def test_scim_says_it_in_rfc_7644s_form(world: World) -> None:
    async with locked(world):
        answer = await world.http.post("/scim2/Users", json=USER, auth=ADMIN)

    expect_away(answer, media_type="application/scim+json")
    assert answer.json()["status"] == "503"
    assert (await world.http.post("/scim2/Users", json=USER, auth=ADMIN)).status_code == 201
