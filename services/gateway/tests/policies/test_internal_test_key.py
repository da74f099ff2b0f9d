"""The internal test key: a token whose audience is the API's id."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.keymanager import Revocation, RevocationKind
from contracts.publisher import ApiState, Operation
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted
from gateway.handshake.refusal import Refusal
from gateway.session.session import SessionLabels

from .world import NOW, api, at, attempt, deployment, everything, issuer, open_world, token


def api_test_key(**changes: Any) -> str:
    return token(**{"aud": "a1", "client_id": "publisher", "scope": ..., "keytype": "PRODUCTION"} | changes)


@pytest.mark.parametrize("state", [ApiState.CREATED, ApiState.PROTOTYPED, ApiState.PUBLISHED])
async def test_key_needs_no_subscription_and_no_scope(state: ApiState) -> None:
    async with open_world(*everything(api(state=state, key_managers=("Another",)))) as world:
        admitted = await world.decide(attempt(bearer=api_test_key()))

    assert isinstance(admitted, Admitted)
    assert admitted.labels == SessionLabels(
        api_id="a1",
        consumer_key="publisher",
        key_type="PRODUCTION",
        user="sue",
        token_id="t1",
        channel="/rooms/{room}",
        plan="InternalTestKey",
    )


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (ApiState.DEPRECATED, "invalid-credentials"),
        (ApiState.BLOCKED, "api-blocked"),
        (ApiState.RETIRED, "no-api"),
    ],
)
async def test_key_ends_with_the_published_state(state: ApiState, name: str) -> None:
    async with open_world(*everything(api(state=state))) as world:
        decision = await world.decide(attempt(bearer=api_test_key()))

    assert isinstance(decision, Refusal)
    assert decision.name == name


@pytest.mark.parametrize(
    "bearer",
    ["", "a.b.c", token(), api_test_key(aud="a2"), api_test_key(exp=NOW - 60), api_test_key(aud="sluice-rest")],
    ids=["none", "garbage", "a subscriber's token", "another API's", "expired", "for the portals"],
)
async def test_created_api_is_not_there_for_anybody_else(bearer: str) -> None:
    open_channel = Operation(target="/*", verb="PUBLISH", auth_type="None")
    for operations in ((), (open_channel,)):
        facts = everything(api(state=ApiState.CREATED), deployment(operations=operations))
        async with open_world(*facts) as world:
            assert await world.decide(attempt(bearer=bearer)) is refusals.NO_API


async def test_created_api_does_not_tell_its_channels() -> None:
    async with open_world(*everything(api(state=ApiState.CREATED))) as world:
        assert await world.decide(attempt("/chat/1.0/nowhere", bearer=token())) is refusals.NO_API
        assert await world.decide(attempt("/chat/1.0/nowhere", bearer=api_test_key())) is refusals.NO_CHANNEL


async def test_key_of_another_api_is_refused() -> None:
    async with open_world(*everything()) as world:
        decision = await world.decide(attempt(bearer=api_test_key(aud="a2")))

    assert isinstance(decision, Refusal)
    assert decision.name == "invalid-credentials"


async def test_only_the_resident_key_manager_makes_test_keys() -> None:
    async with open_world(*everything(issuer().model_copy(update={"name": "Foreign"}))) as world:
        decision = await world.decide(attempt(bearer=api_test_key()))

    assert isinstance(decision, Refusal)
    assert decision.name == "invalid-credentials"


async def test_revoked_key_is_refused() -> None:
    async with open_world(*everything()) as world:
        assert isinstance(await world.decide(attempt(bearer=api_test_key())), Admitted)

        revoked = {"kind": RevocationKind.TOKEN, "id": "t1", "revoked_at": at(NOW), "expires_at": at(NOW + 9)}
        await world.tell(Revocation(version=1, **revoked))

        assert await world.decide(attempt(bearer=api_test_key())) is refusals.INACTIVE_TOKEN
