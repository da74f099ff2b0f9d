"""What nobody should send gets its clear answer on both databases, and changes nothing."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from .world import ADMIN, DEVPORTAL_SECRET, World, key_path, world_on

REGISTER = "/client-registration/v0.17/register"
DEVPORTAL = ("sluice-devportal", DEVPORTAL_SECRET)


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    url = request.getfixturevalue("database_url" if request.param == "sqlite" else "postgres_url")
    async with world_on(url) as built:
        yield built


async def test_nul_is_refused_everywhere(world: World) -> None:
    http = world.http
    user = {"userName": "anna", "password": "a-good-password"}
    basic = base64.b64encode(b"an\0na:password").decode()
    client = await world.register("admin", password=ADMIN[1])
    key = {"applicationId": "a\0", "applicationName": "n", "owner": "o", "keyType": "PRODUCTION", "grantTypes": []}
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    answers = [
        await http.post("/scim2/Users", json={**user, "userName": "an\0na"}, auth=ADMIN),
        await http.post("/scim2/Users", json={**user, "displayName": "an\0na"}, auth=ADMIN),
        await http.post("/scim2/Users", json={**user, "roles": [{"value": "\0"}]}, auth=ADMIN),
        await http.get("/scim2/Users", params={"filter": 'userName eq "\\u0000"'}, auth=ADMIN),
        await http.get("/scim2/Users/%00", auth=ADMIN),
        await http.delete("/scim2/Users/%00", auth=ADMIN),
        await http.post(REGISTER, json={"clientName": "a\0"}, auth=ADMIN),
        await http.post(REGISTER, json={"clientName": "a", "owner": "\0"}, auth=ADMIN),
        await http.post(REGISTER, json={"clientName": "a", "callbackUrl": "\0"}, auth=ADMIN),
        await http.put(key_path("k"), json=key, auth=DEVPORTAL),
        await http.get(key_path("%00"), auth=DEVPORTAL),
        await http.post("/oauth2/token", content=b"grant_type=%00", headers=form, auth=client),
        await http.post("/oauth2/token", content=b"client_id=%00&client_secret=x", headers=form),
        await http.post("/oauth2/revoke", content=b"token=slr_%00", headers=form, auth=client),
    ]
    by_basic = await http.get("/scim2/Me", headers={"Authorization": f"Basic {basic}"})

    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert by_basic.status_code == 401
    assert (await http.get("/scim2/Users", auth=ADMIN)).json()["totalResults"] == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b'"x"', b"{", b'{"clientName": "\\ud800"}', b"\xff\xfe"])
async def test_bodies_that_are_no_objects_are_400(world: World, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answers = [
        await world.http.post(REGISTER, content=body, headers=headers, auth=ADMIN),
        await world.http.post("/scim2/Users", content=body, headers=headers, auth=ADMIN),
        await world.http.put(key_path("k"), content=body, headers=headers, auth=DEVPORTAL),
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


async def test_large_bodies_are_413(world: World) -> None:
    answer = await world.http.post("/scim2/Users", content=b"x" * 10_000_000, auth=ADMIN)

    assert answer.status_code == 413


async def test_deep_nesting_is_400(world: World) -> None:
    content = b'{"additionalProperties":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    headers = {"Content-Type": "application/json"}

    answer = await world.http.put(key_path("k"), content=content, headers=headers, auth=DEVPORTAL)

    assert answer.status_code == 400
