"""First and later starts: what is made once, what is left alone, what is refused."""

from __future__ import annotations

import pytest

from backends.sealing import Seal
from backing.eventually import eventually
from contracts.keymanager import Issuer, Role, SigningKey
from eventbus.memory import MemoryBus
from hosting.settings import UnusableSettings
from keymanager.bootstrap import bootstrap
from keymanager.usecases.first_start import add_first_rows

from .world import ADMIN, ISSUER, WITHIN, World, configuration, running


async def test_first_facts_are_told(world: World) -> None:
    issuers = await world.facts(Issuer.topic.name)
    keys = await world.facts(SigningKey.topic.name)
    roles = await world.facts(Role.topic.name)

    (issuer,) = issuers.values()
    assert isinstance(issuer, Issuer)
    assert (issuer.issuer, issuer.name, issuer.audience) == (ISSUER, "Resident Key Manager", "sluice")
    assert issuer.token_endpoint == f"{ISSUER}/oauth2/token"
    (key,) = keys.values()
    assert isinstance(key, SigningKey)
    assert (key.algorithm, key.issuer) == ("ES256", ISSUER)
    assert "d" not in key.public_jwk
    assert set(roles) == {"creator", "publisher", "subscriber", "admin"}


async def test_restart_keeps_keys_users_and_tokens(database_url: str) -> None:
    bus = MemoryBus()
    async with running(configuration(database_url), bus=bus) as (_, http):
        before = (await http.get("/oauth2/jwks")).json()

    async with running(configuration(database_url, admin_password=None), bus=bus) as (_, http):
        assert (await http.get("/oauth2/jwks")).json() == before
        assert (await http.get("/scim2/Me", auth=ADMIN)).status_code == 200


async def test_existing_admin_keeps_its_password(database_url: str) -> None:
    bus = MemoryBus()
    async with running(configuration(database_url), bus=bus):
        pass

    async with running(configuration(database_url, admin_password="another-password"), bus=bus) as (_, http):
        assert (await http.get("/scim2/Me", auth=ADMIN)).status_code == 200


async def test_new_public_url_is_a_new_issuer_with_the_same_keys(database_url: str) -> None:
    bus = MemoryBus()
    async with running(configuration(database_url), bus=bus) as (_, http):
        (before,) = (await http.get("/oauth2/jwks")).json()["keys"]

    async with running(configuration(database_url, issuer="https://keys.example"), bus=bus) as (keymanager, http):
        (after,) = (await http.get("/oauth2/jwks")).json()["keys"]
        assert after == before
        trust = keymanager.trust_feed.trust

        def is_moved() -> bool:
            return trust.issuer("https://keys.example") is not None and trust.issuer(ISSUER) is None

        await eventually(is_moved, within=WITHIN, message="the new issuer is believed, the old one is not")


async def test_other_algorithm_makes_a_second_key(database_url: str) -> None:
    bus = MemoryBus()
    async with running(configuration(database_url), bus=bus):
        pass

    async with running(configuration(database_url, algorithm="RS256"), bus=bus) as (_, http):

        async def are_both_published() -> bool:
            keys = (await http.get("/oauth2/jwks")).json()["keys"]
            return {key["alg"] for key in keys} == {"ES256", "RS256"}

        await eventually(are_both_published, within=WITHIN, message="both keys are published")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"admin_password": None}, "SLUICE_ADMIN_PASSWORD"), ({"seal": Seal([b"x" * 32])}, "does not open")],
)
async def test_unusable_first_start_is_refused(database_url: str, changed: dict[str, object], reason: str) -> None:
    if "seal" in changed:
        async with running(configuration(database_url), bus=MemoryBus()):
            pass
    configured = configuration(database_url, **changed)  # type: ignore[arg-type]  # passed on as they are

    async with bootstrap(configured, bus=MemoryBus()) as keymanager:
        await keymanager.wire.migrate()
        with pytest.raises(UnusableSettings, match=reason):
            await add_first_rows(keymanager.parts, configured.first_start)


async def test_doing_it_twice_changes_nothing(world: World, database_url: str) -> None:
    before = await world.facts(SigningKey.topic.name)

    await add_first_rows(world.keymanager.parts, configuration(database_url).first_start)

    assert await world.facts(SigningKey.topic.name) == before


async def test_openapi_describes_every_operation(world: World) -> None:
    paths = (await world.http.get("/openapi.json")).json()["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]

    assert len(operations) > 15
    for operation in operations:
        assert operation["operationId"]
        assert operation["summary"]
        assert operation["description"]
    assert (await world.http.get("/docs")).status_code == 200
