"""What the devportal asks for: consumer keys of applications."""

from __future__ import annotations

import asyncio

import pytest

from contracts.keymanager import ConsumerKey, ReferenceToken, Revocation
from keymanager.domain.clients import DEVPORTAL_CLIENT

from .world import ADMIN, DEVPORTAL_SECRET, PUBLISHER_SECRET, World, application, key_path

DEVPORTAL = (DEVPORTAL_CLIENT, DEVPORTAL_SECRET)


@pytest.fixture(autouse=True)
async def subscriber(world: World) -> None:
    await world.create_user("subscriber", "subscriber")


async def test_new_key_is_201_and_told_as_a_fact(world: World) -> None:
    answer = await world.keep_key("key-1", keyType="SANDBOX", callbackUrl="https://x/cb", validityTime=900)

    assert answer.status_code == 201
    key = answer.json()
    client_id, secret = key.pop("clientId"), key.pop("clientSecret")
    assert key == {
        "keyMappingId": "key-1",
        "grantTypes": ["client_credentials"],
        "callbackUrl": "https://x/cb",
        "validityTime": 900,
        "tokenType": "JWT",
        "keyType": "SANDBOX",
        "state": "ACTIVE",
    }
    assert (await world.token((client_id, secret))).json()["expires_in"] == 900
    fact = await world.fact(ConsumerKey.topic.name, client_id)
    assert isinstance(fact, ConsumerKey)
    assert (fact.application_id, fact.key_type, fact.key_manager) == ("app-1", "SANDBOX", "Resident Key Manager")


async def test_repeat_is_200_with_the_same_client_and_a_further_secret(world: World) -> None:
    first = await world.application_client("key-1")

    again = await world.keep_key("key-1", validityTime=60)

    assert again.status_code == 200
    assert again.json()["clientId"] == first[0]
    assert again.json()["clientSecret"] != first[1]
    assert (await world.token(first)).json()["expires_in"] == 60


async def test_change_without_a_new_secret(world: World) -> None:
    await world.application_client("key-1")

    again = await world.keep_key("key-1", withSecret=False, grantTypes=["password", "client_credentials"])

    assert again.json()["clientSecret"] is None
    assert again.json()["grantTypes"] == ["password", "client_credentials"]


async def test_repeats_at_the_same_moment_make_one_client(world: World) -> None:
    answers = await asyncio.gather(*(world.keep_key("key-1") for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["clientId"] for answer in answers}) == 1


async def test_absent_validity_is_an_hour(world: World) -> None:
    assert (await world.keep_key("key-1", validityTime=None)).json()["validityTime"] == 3600


@pytest.mark.parametrize("seconds", [-1, 0, 86_401, 10**30])
async def test_impossible_validity_is_400(world: World, seconds: int) -> None:
    answer = await world.keep_key("key-1", validityTime=seconds)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/validityTime"


@pytest.mark.parametrize(
    "change",
    [{"keyType": "TEST"}, {"tokenType": "SAML"}, {"grantTypes": "password"}, {"grantTypes": ["a b"]}, {"colour": 1}],
)
async def test_bad_key_is_400(world: World, change: dict[str, object]) -> None:
    answer = await world.keep_key("key-1", **change)

    assert answer.status_code == 400
    assert (await world.http.get(key_path("key-1"), auth=DEVPORTAL)).status_code == 404


async def test_key_of_another_application_is_409(world: World) -> None:
    await world.keep_key("key-1")

    assert (await world.keep_key("key-1", applicationId="app-2")).status_code == 409
    assert (await world.keep_key("key-1", keyType="SANDBOX")).status_code == 409


async def test_read_shows_no_secret(world: World) -> None:
    client_id, _ = await world.application_client("key-1")

    answer = await world.http.get(key_path("key-1"), auth=DEVPORTAL)

    assert answer.json()["clientId"] == client_id
    assert answer.json()["clientSecret"] is None


async def test_deleted_key_revokes_its_tokens_and_is_never_used_again(world: World) -> None:
    client = await world.application_client("key-1")
    await world.fact(ConsumerKey.topic.name, client[0])

    first = await world.http.delete(key_path("key-1"), auth=DEVPORTAL)
    again = await world.http.delete(key_path("key-1"), auth=DEVPORTAL)

    assert (first.status_code, again.status_code) == (204, 204)
    assert (await world.token(client)).status_code == 401
    assert (await world.http.get(key_path("key-1"), auth=DEVPORTAL)).status_code == 404
    assert (await world.keep_key("key-1")).status_code == 409
    await world.fact(Revocation.topic.name, f"client:{client[0]}")
    await world.no_fact(ConsumerKey.topic.name, client[0])


async def test_deleted_application_ends_its_keys_and_gets_no_new_ones(world: World) -> None:
    client = await world.application_client("key-1", tokenType="OAUTH")
    token = await world.rest_token(client)
    fact = await world.reference_token_fact(token)
    await world.tell(application())

    await world.tell(application().model_copy(update={"deleted": True}))

    await world.no_fact(ConsumerKey.topic.name, client[0])
    await world.no_fact(ReferenceToken.topic.name, fact.hash)
    assert (await world.token(client)).status_code == 401
    assert (await world.keep_key("key-2")).status_code == 409


async def test_token_is_what_client_credentials_would_give(world: World) -> None:
    _, secret = await world.application_client("key-1")
    body = {"clientSecret": secret, "scopes": ["apim:admin"], "validityPeriod": 120}

    answer = await world.http.post(key_path("key-1", then="/tokens"), json=body, auth=DEVPORTAL)

    assert answer.status_code == 200
    assert answer.json()["accessToken"].count(".") == 2
    assert answer.json()["tokenScopes"] == []
    assert answer.json()["validityTime"] == 120


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"clientSecret": "wrong"}, 400),
        ({"validityPeriod": 86_401}, 400),
        ({"validityPeriod": -1}, 400),
        ({"scopes": ['a"b']}, 400),
        ({"scopes": "a"}, 400),
        ({}, 200),
        ({"clientSecret": None, "scopes": [], "validityPeriod": None}, 200),
    ],
)
async def test_token_wishes(world: World, body: dict[str, object], code: int) -> None:
    await world.application_client("key-1")

    answer = await world.http.post(key_path("key-1", then="/tokens"), json=body, auth=DEVPORTAL)

    assert answer.status_code == code, answer.text


async def test_token_of_a_key_without_the_grant_is_400(world: World) -> None:
    await world.application_client("key-1", grantTypes=["password"])

    answer = await world.http.post(key_path("key-1", then="/tokens"), json={}, auth=DEVPORTAL)

    assert answer.status_code == 400


async def test_regenerated_secret_is_the_only_one(world: World) -> None:
    client_id, old = await world.application_client("key-1")

    answer = await world.http.post(key_path("key-1", then="/secrets"), auth=DEVPORTAL)

    assert answer.json()["clientId"] == client_id
    assert (await world.token((client_id, old))).status_code == 401
    assert (await world.token((client_id, answer.json()["clientSecret"]))).status_code == 200


@pytest.mark.parametrize("then", ["/tokens", "/secrets"])
async def test_unknown_key_is_404(world: World, then: str) -> None:
    answer = await world.http.post(key_path("nothing", then=then), json={}, auth=DEVPORTAL)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("credentials", "code"),
    [(None, 401), ((DEVPORTAL_CLIENT, "wrong"), 401), (ADMIN, 401), (("sluice-publisher", PUBLISHER_SECRET), 403)],
)
async def test_only_the_devportal_may_ask(world: World, credentials: tuple[str, str] | None, code: int) -> None:
    answer = await world.http.get(key_path("key-1"), auth=credentials)

    assert answer.status_code == code
    assert answer.headers["content-type"] == "application/problem+json"
