"""Channels with `authType` None need no credential, and who comes without counts as unauthenticated."""

from __future__ import annotations

import pytest

from contracts.publisher import ApiState, Deployment, Operation
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.session.session import SessionLabels

from .world import api, attempt, deployment, everything, open_world, token


def with_open_channel() -> Deployment:
    return deployment(
        operations=(
            Operation(target="/news", verb="SUBSCRIBE", auth_type="None", scopes=("news:read",)),
            Operation(target="/half", verb="SUBSCRIBE", auth_type="None"),
            Operation(target="/half", verb="PUBLISH"),
            Operation(target="/*", verb="SUBSCRIBE"),
        )
    )


@pytest.mark.parametrize(
    "asked",
    [
        attempt("/chat/1.0/news"),
        attempt("/chat/1.0/news", bearer=token()),
        attempt("/chat/1.0/news", bearer=token(exp=1)),
        attempt("/chat/1.0/news", bearer="a.b.c"),
        attempt("/chat/1.0/news", bearer="a", query="access_token=b"),
    ],
    ids=["no credential", "good token", "expired token", "no token", "two"],
)
async def test_open_channel_looks_at_no_credential(asked: HandshakeAttempt) -> None:
    async with open_world(*everything(with_open_channel())) as world:
        admitted = await world.decide(asked)

    assert isinstance(admitted, Admitted)
    assert admitted.labels == SessionLabels(api_id="a1", channel="/news", plan="Unauthenticated")
    assert admitted.expires_at is None
    assert admitted.backends.endpoints[0].host == "production.test"


@pytest.mark.parametrize("path", ["/chat/1.0/half", "/chat/1.0/other"])
async def test_channel_that_is_not_open_in_every_direction_needs_a_token(path: str) -> None:
    async with open_world(*everything(with_open_channel())) as world:
        assert await world.decide(attempt(path)) is refusals.MISSING_CREDENTIALS


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (ApiState.CREATED, refusals.NO_API),
        (ApiState.RETIRED, refusals.NO_API),
        (ApiState.BLOCKED, refusals.API_BLOCKED),
    ],
)
async def test_open_channel_obeys_the_life_cycle(state: ApiState, refusal: object) -> None:
    async with open_world(*everything(with_open_channel(), api(state=state))) as world:
        assert await world.decide(attempt("/chat/1.0/news")) is refusal
