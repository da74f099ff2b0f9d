"""Revocation (RFC 7009, checklist A8), introspection (RFC 7662, A9), and what becomes of expired tokens."""

from __future__ import annotations

import pytest

from contracts.keymanager import ReferenceToken, Revocation
from keymanager.usecases.remove_expired import remove_expired
from tokens.compact import parse

from .world import DEVPORTAL_SECRET, World

Clients = dict[str, tuple[str, str]]


@pytest.fixture
async def clients(world: World) -> Clients:
    """Of one owner: a REST client, and one for each type of token."""
    await world.create_user("subscriber", "subscriber")
    return {
        "rest": await world.register("subscriber"),
        "jwt": await world.application_client("key-jwt"),
        "oauth": await world.application_client("key-oauth", applicationId="app-2", tokenType="OAUTH"),
    }


async def revoke(world: World, client: tuple[str, str], token: str) -> int:
    answer = await world.http.post("/oauth2/revoke", data={"token": token, "token_type_hint": "x"}, auth=client)
    return answer.status_code


async def introspect(world: World, client: tuple[str, str], token: str) -> dict[str, object]:
    answer = await world.http.post("/oauth2/introspect", data={"token": token}, auth=client)
    assert answer.status_code == 200
    body: dict[str, object] = answer.json()
    return body


@pytest.mark.parametrize("kind", ["rest", "jwt"])
async def test_revoked_jwt_is_told_by_its_jti_until_it_expires(world: World, clients: Clients, kind: str) -> None:
    token = await world.rest_token(clients[kind])

    assert await revoke(world, clients[kind], token) == 200

    claims = parse(token).claims
    fact = await world.fact(Revocation.topic.name, f"token:{claims['jti']}")
    assert isinstance(fact, Revocation)
    assert claims["exp"] <= fact.expires_at.timestamp() <= claims["exp"] + 120
    assert await introspect(world, clients[kind], token) == {"active": False}


async def test_revoked_reference_token_is_told_as_deleted(world: World, clients: Clients) -> None:
    token = await world.rest_token(clients["oauth"])
    fact = await world.reference_token_fact(token)

    assert await revoke(world, clients["oauth"], token) == 200

    await world.no_fact(ReferenceToken.topic.name, fact.hash)
    assert await introspect(world, clients["oauth"], token) == {"active": False}


@pytest.mark.parametrize("kind", ["jwt", "oauth"])
async def test_another_clients_token_is_200_without_effect(world: World, clients: Clients, kind: str) -> None:
    token = await world.rest_token(clients[kind])

    assert await revoke(world, clients["rest"], token) == 200

    assert await introspect(world, clients["rest"], token) == {"active": False}
    assert (await introspect(world, clients[kind], token))["active"] is True


@pytest.mark.parametrize("token", ["garbage", "slr_garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 9000])
async def test_unknown_token_is_200(world: World, clients: Clients, token: str) -> None:
    assert await revoke(world, clients["rest"], token) == 200
    assert await introspect(world, clients["rest"], token) == {"active": False}


async def test_revoking_twice_is_200(world: World, clients: Clients) -> None:
    token = await world.rest_token(clients["rest"])

    assert [await revoke(world, clients["rest"], token) for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
async def test_only_clients_may_ask(world: World, clients: Clients, path: str) -> None:
    anonymous = await world.http.post(path, data={"token": "x"})
    wrong = await world.http.post(path, data={"token": "x"}, auth=(clients["rest"][0], "wrong"))
    without = await world.http.post(path, auth=clients["rest"], data={"token_type_hint": "x"})

    assert (anonymous.status_code, wrong.status_code) == (401, 401)
    assert (without.status_code, without.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("kind", ["rest", "jwt", "oauth"])
async def test_introspection_shows_ones_own_token(world: World, clients: Clients, kind: str) -> None:
    body = await introspect(world, clients[kind], await world.rest_token(clients[kind]))

    assert body["active"] is True
    assert body["client_id"] == clients[kind][0]
    assert body["username"] == "subscriber"
    assert body["token_type"] == "Bearer"


async def test_tokens_of_a_deleted_key_do_not_count(world: World, clients: Clients) -> None:
    token = await world.rest_token(clients["jwt"])

    await world.http.delete("/keymanager-operations/consumer-keys/key-jwt", auth=("sluice-devportal", DEVPORTAL_SECRET))

    read = await world.keymanager.token_reader.read(token)
    assert read is None


async def test_expired_tokens_and_revocations_are_removed_with_their_facts(world: World, clients: Clients) -> None:
    reference = await world.reference_token_fact(await world.rest_token(clients["oauth"]))
    token = await world.rest_token(clients["rest"])
    await revoke(world, clients["rest"], token)
    revocation = f"token:{parse(token).claims['jti']}"
    await world.fact(Revocation.topic.name, revocation)

    world.clock.advance(seconds=3600 + 30)
    assert await remove_expired(world.keymanager.parts) == 0
    world.clock.advance(seconds=60)
    assert await remove_expired(world.keymanager.parts) == 1

    await world.no_fact(ReferenceToken.topic.name, reference.hash)
    await world.no_fact(Revocation.topic.name, revocation)
