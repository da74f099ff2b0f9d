"""Where several things are wrong, the first in the blueprint's order is what the client is told."""

from __future__ import annotations

import pytest

from contracts import Fact
from contracts.devportal import SubscriptionStatus
from contracts.publisher import ApiState, Block, DenyPolicy, DenyType, SessionBan, SubscriptionControl
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, HandshakeAttempt
from gateway.handshake.refusal import Refusal

from .world import (
    NOW,
    api,
    at,
    attempt,
    consumer_key,
    deployment,
    environment,
    everything,
    open_world,
    subscription,
    token,
)

ORDER = (
    "draining",
    "not-ready",
    "no-api",
    "no-channel",
    "api-blocked",
    "origin-refused",
    "denied-place",
    "several-credentials",
    "invalid-credentials",
    "other-key-manager",
    "denied-person",
    "no-subscription",
    "subscription-blocked",
    "subscription-inactive",
    "banned",
    "insufficient-scope",
    "no-endpoint-for-key-type",
)


def facts_with(wrong: frozenset[str]) -> list[Fact]:
    block = Block.BLOCKED if "subscription-blocked" in wrong else Block.NONE
    is_on_hold = "subscription-inactive" in wrong
    facts = everything(
        api(
            state=ApiState.BLOCKED if "api-blocked" in wrong else ApiState.PUBLISHED,
            key_managers=("Another",) if "other-key-manager" in wrong else ("all",),
        ),
        deployment(
            origins=("https://good.test",),
            **({"production_endpoint": None} if "no-endpoint-for-key-type" in wrong else {}),
        ),
        subscription(status=SubscriptionStatus.ON_HOLD if is_on_hold else SubscriptionStatus.UNBLOCKED),
        SubscriptionControl(version=1, subscription_id="s1", block=block),
        DenyPolicy(version=1, id="d1", type=DenyType.API, value="/chat/1", enabled="denied-place" in wrong),
        DenyPolicy(version=1, id="d2", type=DenyType.USER, value="sue", enabled="denied-person" in wrong),
        SessionBan(version=1, id="b1", user="sue", banned_at=at(NOW), until=at(2 * NOW)),
    )
    left_out = [environment().topic] if "not-ready" in wrong else []
    left_out += [consumer_key().topic] if "no-subscription" in wrong else []
    left_out += [] if "banned" in wrong else [SessionBan.topic]
    return [fact for fact in facts if fact.topic not in left_out]


def attempt_with(wrong: frozenset[str]) -> HandshakeAttempt:
    path = "/chat/1.0/nowhere" if "no-channel" in wrong else "/chat/1.0/rooms/5"
    bearer = token(
        aud="else" if "invalid-credentials" in wrong else "sluice",
        scope="other" if "insufficient-scope" in wrong else "chat:read",
    )
    return attempt(
        f"/nothing{path}" if "no-api" in wrong else path,
        bearer=bearer,
        query="access_token=x" if "several-credentials" in wrong else "",
        origin="https://evil.test" if "origin-refused" in wrong else "https://good.test",
    )


@pytest.mark.parametrize("first", range(len(ORDER)), ids=ORDER)
async def test_first_thing_that_is_wrong_is_told(first: int) -> None:
    wrong = frozenset(ORDER[first:])

    async with open_world(*facts_with(wrong)) as world:
        world.admission.is_draining = "draining" in wrong
        decision = await world.decide(attempt_with(wrong))

    assert isinstance(decision, Refusal)
    names = {"other-key-manager": "invalid-credentials", "denied-place": "denied", "denied-person": "denied"}
    assert decision.name == names.get(ORDER[first], ORDER[first])
    assert ("key manager" in decision.description) is (ORDER[first] == "other-key-manager")


async def test_nothing_wrong_is_admitted() -> None:
    async with open_world(*facts_with(frozenset())) as world:
        decision = await world.decide(attempt_with(frozenset()))

    assert isinstance(decision, Admitted)


async def test_gateway_that_is_about_to_end_refuses_all() -> None:
    async with open_world(*everything()) as world:
        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)

        world.admission.refuse_all()

        assert await world.decide(attempt(bearer=token())) is refusals.DRAINING


@pytest.mark.parametrize("missing", ["SigningKey", "Issuer", "Environment"])
async def test_gateway_is_not_ready_without_what_it_decides_from(missing: str) -> None:
    facts = everything()
    last = next(fact for fact in facts if type(fact).__name__ == missing)

    async with open_world(*(fact for fact in facts if fact is not last)) as world:
        assert await world.decide(attempt(bearer=token())) is refusals.NOT_READY

        await world.tell(last)

        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)


async def test_once_ready_stays_so_whatever_becomes_of_the_facts() -> None:
    async with open_world(*everything()) as world:
        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)

        await world.tell(environment().model_copy(update={"deleted": True, "version": 2}))

        assert await world.decide(attempt(bearer=token())) is refusals.NO_API


@pytest.mark.parametrize(
    ("state", "name"),
    [
        (ApiState.CREATED, "no-api"),
        (ApiState.RETIRED, "no-api"),
        (ApiState.BLOCKED, "api-blocked"),
        (ApiState.PUBLISHED, None),
        (ApiState.PROTOTYPED, None),
        (ApiState.DEPRECATED, None),
    ],
)
async def test_life_cycle_state_decides(state: ApiState, name: str | None) -> None:
    async with open_world(*everything(api(state=state))) as world:
        decision = await world.decide(attempt(bearer=token()))

    assert (decision.name if isinstance(decision, Refusal) else None) == name


async def test_confirmation_asks_again_with_the_facts_of_now() -> None:
    async with open_world(*everything()) as world:
        asked = attempt(bearer=token())
        admitted = await world.decide(asked)
        assert isinstance(admitted, Admitted)
        assert world.admission.confirm(asked, admitted) is None

        await world.tell(subscription(version=2, deleted=True))

        assert world.admission.confirm(asked, admitted) is refusals.NO_SUBSCRIPTION
