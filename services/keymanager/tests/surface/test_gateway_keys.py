"""The public keys of gateways: learnt from their heartbeats, served apart from those that sign access tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.jwk import KeySet

from contracts.gateway import Instance
from eventbus.bus import Record
from keymanager.events.gateway_keys import KEPT_AFTER_GOODBYE, KEPT_IN_SILENCE
from tokens.assertion import AssertionSigner

from .world import World

Jwk = dict[str, str]


def heartbeat(instance_id: str, public_jwk: Jwk | None, *, at: datetime | None = None) -> Instance:
    now = at or datetime.now(UTC)
    return Instance(
        id=instance_id,
        environment="Default",
        started_at=now,
        heartbeat_at=now,
        release="1",
        public_jwk=public_jwk,
    )


async def served(world: World) -> list[Jwk]:
    answer = await world.http.get("/oauth2/gateway-jwks")
    assert answer.status_code == 200
    keys: list[Jwk] = answer.json()["keys"]
    return keys


async def is_served(world: World, *expected: Jwk) -> None:
    async def are_the_keys() -> bool:
        found = await served(world)
        return sorted(key["kid"] for key in found) == sorted(key["kid"] for key in expected)

    await world.soon(are_the_keys, "the gateways' keys are served")


async def test_backend_verifies_an_assertion_with_the_keys_served(world: World) -> None:
    one, other = AssertionSigner(issuer="gateway"), AssertionSigner(issuer="gateway")
    await world.tell(heartbeat("g1", one.public_jwk))
    await world.tell(heartbeat("g2", other.public_jwk))
    await is_served(world, one.public_jwk, other.public_jwk)

    keys = KeySet.import_key_set({"keys": await served(world)})  # type: ignore[typeddict-item]  # JSON as it came

    for signer in (one, other):
        assert jwt.decode(signer.sign("sue", {}), keys).claims["sub"] == "sue"


async def test_keys_of_gateways_and_of_access_tokens_are_never_mixed(world: World) -> None:
    gateway = AssertionSigner(issuer="gateway").public_jwk
    await world.tell(heartbeat("g1", gateway))
    await is_served(world, gateway)

    answer = await world.http.get("/oauth2/jwks")

    assert gateway["kid"] not in {key["kid"] for key in answer.json()["keys"]}


async def test_answer_may_be_cached_for_a_short_while(world: World) -> None:
    answer = await world.http.get("/oauth2/gateway-jwks")

    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["Content-Type"] == "application/jwk-set+json"


async def test_restarted_gateways_new_key_is_served_instead(world: World) -> None:
    before, after = AssertionSigner(issuer="gateway"), AssertionSigner(issuer="gateway")
    await world.tell(heartbeat("g1", before.public_jwk))
    await is_served(world, before.public_jwk)

    await world.tell(heartbeat("g1", after.public_jwk))

    await is_served(world, after.public_jwk)


async def test_private_members_and_other_kinds_of_keys_are_never_served(world: World) -> None:
    good = AssertionSigner(issuer="gateway").public_jwk
    await world.tell(heartbeat("without", None))
    await world.tell(heartbeat("symmetric", {"kty": "oct", "k": "secret", "kid": "s", "alg": "HS256"}))
    await world.tell(heartbeat("encrypts", {**good, "kid": "e", "use": "enc"}))
    await world.tell(heartbeat("private", {**good, "d": "secret"}))

    await is_served(world, good)

    assert "secret" not in (await world.http.get("/oauth2/gateway-jwks")).text


async def test_key_of_a_gateway_that_said_goodbye_outlives_its_assertions_only(world: World) -> None:
    key = AssertionSigner(issuer="gateway").public_jwk
    await world.tell(heartbeat("g1", key))
    await is_served(world, key)
    await world.bus.send([Record(Instance.topic.name, "g1", None, {"sluice_version": "1000"})])
    world.clock.advance(seconds=60)
    await is_served(world, key)

    world.clock.advance(seconds=KEPT_AFTER_GOODBYE.total_seconds())

    await is_served(world)


async def test_key_of_a_gateway_that_is_silent_for_long_is_dropped(world: World) -> None:
    key = AssertionSigner(issuer="gateway").public_jwk
    await world.tell(heartbeat("g1", key, at=world.clock()))
    await is_served(world, key)
    world.clock.advance(seconds=(KEPT_IN_SILENCE - timedelta(seconds=10)).total_seconds())
    assert await served(world)

    world.clock.advance(seconds=20)

    assert await served(world) == []
