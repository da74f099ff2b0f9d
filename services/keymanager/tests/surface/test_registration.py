"""Client registration as WSO2 has it."""

from __future__ import annotations

import asyncio
import json

import pytest

from .world import ADMIN, World

PATH = "/client-registration/v0.17/register"
USER = ("creator", "a-good-password")
BODY = {
    "callbackUrl": "https://localhost/callback",
    "clientName": "rest_api_publisher",
    "owner": "creator",
    "grantType": "password refresh_token",
    "saasApp": True,
}


@pytest.fixture(autouse=True)
async def creator(world: World) -> None:
    await world.create_user("creator", "creator")


async def test_answer_has_wso2s_fields(world: World) -> None:
    answer = await world.http.post(PATH, json=BODY, auth=USER)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    registered = answer.json()
    assert registered["clientId"]
    assert len(registered["clientSecret"]) >= 43
    assert registered["clientName"] == "rest_api_publisher"
    assert registered["callBackURL"] == "https://localhost/callback"
    assert registered["isSaasApplication"] is True
    assert registered["appOwner"] == "creator"
    assert json.loads(registered["jsonString"])["grant_types"] == "password refresh_token client_credentials"
    assert registered["jsonAppAttribute"] == "{}"
    assert registered["tokenType"] == "JWT"


async def test_repeat_answers_the_same_client_with_a_further_secret(world: World) -> None:
    first = (await world.http.post(PATH, json=BODY, auth=USER)).json()
    second = (await world.http.post(PATH, json=BODY, auth=USER)).json()

    assert first["clientId"] == second["clientId"]
    assert first["clientSecret"] != second["clientSecret"]
    for registered in (first, second):
        assert (await world.token((registered["clientId"], registered["clientSecret"]))).status_code == 200


async def test_oldest_of_many_secrets_stops_working(world: World) -> None:
    registered = []
    for _ in range(11):
        world.clock.advance(seconds=1)
        registered.append((await world.http.post(PATH, json=BODY, auth=USER)).json())

    codes = [(await world.token((one["clientId"], one["clientSecret"]))).status_code for one in registered]

    assert codes == [401] + [200] * 10


async def test_registrations_at_the_same_moment_are_one_client(world: World) -> None:
    answers = await asyncio.gather(*(world.http.post(PATH, json=BODY, auth=USER) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["clientId"] for answer in answers}) == 1


async def test_same_name_of_another_owner_is_another_client(world: World) -> None:
    mine = (await world.http.post(PATH, json=BODY, auth=USER)).json()
    theirs = (await world.http.post(PATH, json={**BODY, "owner": "admin"}, auth=ADMIN)).json()

    assert mine["clientId"] != theirs["clientId"]


async def test_owner_is_the_caller_when_left_out(world: World) -> None:
    answer = await world.http.post(PATH, json={"clientName": "mine"}, auth=USER)

    assert answer.json()["appOwner"] == "creator"


async def test_admin_registers_for_others_and_they_own_it(world: World) -> None:
    registered = (await world.http.post(PATH, json=BODY, auth=ADMIN)).json()

    answer = await world.token((registered["clientId"], registered["clientSecret"]), "apim:admin apim:api_create")

    assert registered["appOwner"] == "creator"
    assert answer.json()["scope"] == "apim:api_create"


async def test_others_may_not_name_another_owner(world: World) -> None:
    answer = await world.http.post(PATH, json={**BODY, "owner": "admin"}, auth=USER)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "change",
    [
        {"owner": "nobody"},
        {"clientName": ""},
        {"clientName": "  "},
        {"clientName": "x" * 256},
        {"clientName": None},
        {"grantType": "x" * 101},
        {"grantType": 'drop"table'},
        {"saasApp": "perhaps"},
        {"colour": "green"},
    ],
)
async def test_bad_registration_is_400_with_a_pointer(world: World, change: dict[str, object]) -> None:
    answer = await world.http.post(PATH, json={**BODY, **change}, auth=ADMIN)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(change))}"


async def test_bearer_token_is_not_enough(world: World) -> None:
    token = await world.rest_token(await world.register("creator"))

    answer = await world.http.post(PATH, json=BODY, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


async def test_guessing_is_slowed_down_up_to_a_minute_from_the_last_wrong_guess(world: World) -> None:
    for _ in range(30):
        await world.http.post(PATH, json=BODY, auth=("creator", "wrong"))
        world.attempt_clock.seconds += 61
    await world.http.post(PATH, json=BODY, auth=("creator", "wrong"))

    blocked = await world.http.post(PATH, json=BODY, auth=USER)

    assert blocked.status_code == 429
    assert blocked.headers["retry-after"] == "60"
    world.attempt_clock.seconds += 60
    assert (await world.http.post(PATH, json=BODY, auth=USER)).status_code == 200
