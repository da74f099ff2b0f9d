"""Reference tokens, and handshakes that wait a moment for a fact that may be on its way."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator

import pytest

from backing.eventually import eventually
from contracts import Fact, Tombstone
from contracts.keymanager import KeyType, Revocation, RevocationKind
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, Decision, HandshakeAttempt
from gateway.policies.admission import LONGEST_WAIT

from .world import (
    NOW,
    OPAQUE,
    SOON,
    World,
    api,
    application,
    at,
    attempt,
    consumer_key,
    deployment,
    environment,
    issuer,
    open_world,
    reference_token,
    signing_key,
    subscription,
    token,
)

HERE: tuple[Fact, ...] = (signing_key(), issuer(), environment(), api(), deployment(operations=()), application())
RIGHTS: tuple[Fact, ...] = (consumer_key(), subscription())


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_world(*HERE, *RIGHTS) as opened:
        yield opened


@pytest.fixture
async def world_without_rights() -> AsyncIterator[World]:
    async with open_world(*HERE) as opened:
        yield opened


# As many as a busy machine decides on well before the first of them has waited long enough.
FEW = 50


@pytest.fixture
async def world_of_few() -> AsyncIterator[World]:
    async with open_world(*HERE, *RIGHTS, max_waiting=FEW) as opened:
        yield opened


async def begin(world: World, asked: HandshakeAttempt) -> asyncio.Task[Decision]:
    """A handshake that waits."""
    before = world.feed.waiting
    decision = world.admission.decide(asked)
    assert inspect.isawaitable(decision)
    task = asyncio.ensure_future(decision)

    def it_waits() -> bool:
        return world.feed.waiting > before

    await eventually(it_waits, within=SOON, message="the handshake waits")
    return task


async def test_known_reference_token_is_admitted_at_once(world: World) -> None:
    await world.tell(reference_token(key_type=KeyType.SANDBOX))

    admitted = world.admission.decide(attempt(bearer=OPAQUE))

    assert isinstance(admitted, Admitted)
    assert admitted.backends.endpoints[0].host == "sandbox.test"
    assert admitted.expires_at == NOW + 3600 + 30


async def test_unknown_reference_token_waits_and_is_401(world: World) -> None:
    began = asyncio.get_running_loop().time()

    task = await begin(world, attempt(bearer=OPAQUE))

    assert await task is refusals.INVALID_CREDENTIALS
    waited = asyncio.get_running_loop().time() - began
    assert LONGEST_WAIT.total_seconds() * 0.95 <= waited < LONGEST_WAIT.total_seconds() * 3
    assert world.feed.waiting == 0


async def test_reference_token_that_arrives_meanwhile_is_admitted(world: World) -> None:
    task = await begin(world, attempt(bearer=OPAQUE))

    await world.tell(reference_token())

    assert isinstance(await task, Admitted)


@pytest.mark.parametrize(
    "gone",
    [
        reference_token(version=2, deleted=True),
        Tombstone(reference_token().topic.name, reference_token().key, 2),
    ],
    ids=["fact", "tombstone"],
)
async def test_revoked_reference_token_is_401_at_once(world: World, gone: Fact | Tombstone) -> None:
    await world.tell(reference_token(), gone)

    assert world.admission.decide(attempt(bearer=OPAQUE)) is refusals.INACTIVE_TOKEN


@pytest.mark.parametrize(
    ("kind", "identity"),
    [(RevocationKind.CLIENT, "c1"), (RevocationKind.SUBJECT, "sue"), (RevocationKind.TOKEN, reference_token().hash)],
)
async def test_revocation_reaches_reference_tokens(world: World, kind: RevocationKind, identity: str) -> None:
    revoked = Revocation(version=1, kind=kind, id=identity, revoked_at=at(NOW), expires_at=at(NOW + 3600))

    await world.tell(reference_token(), revoked)

    assert world.admission.decide(attempt(bearer=OPAQUE)) is refusals.INACTIVE_TOKEN


@pytest.mark.parametrize(("expired_for", "is_expired"), [(0, False), (29, False), (30, True)])
async def test_expired_reference_token_is_401_after_its_leeway(
    world: World, expired_for: int, *, is_expired: bool
) -> None:
    await world.tell(reference_token(expires_at=at(NOW - expired_for)))

    decision = world.admission.decide(attempt(bearer=OPAQUE))

    assert (decision is refusals.EXPIRED_TOKEN) is is_expired


async def test_reference_token_of_a_disabled_issuer_is_401_at_once(world: World) -> None:
    await world.tell(reference_token())
    assert isinstance(world.admission.decide(attempt(bearer=OPAQUE)), Admitted)

    await world.tell(issuer().model_copy(update={"enabled": False, "version": 2}))

    assert world.admission.decide(attempt(bearer=OPAQUE)) is refusals.INVALID_CREDENTIALS


async def test_unknown_jwt_key_does_not_wait(world: World) -> None:
    await world.tell(signing_key().model_copy(update={"deleted": True, "version": 2}))

    decision = world.admission.decide(attempt(bearer=token()))

    assert not inspect.isawaitable(decision)


async def test_handshake_right_after_subscribing_is_admitted(world_without_rights: World) -> None:
    world = world_without_rights
    task = await begin(world, attempt(bearer=token()))

    await world.tell(consumer_key())
    assert not task.done()
    await world.tell(subscription())

    assert isinstance(await task, Admitted)


async def test_missing_subscription_waits_and_is_403(world_without_rights: World) -> None:
    await world_without_rights.tell(consumer_key())

    task = await begin(world_without_rights, attempt(bearer=token()))

    assert await task is refusals.NO_SUBSCRIPTION


async def test_news_that_change_nothing_do_not_prolong_the_wait(world_without_rights: World) -> None:
    world = world_without_rights
    began = asyncio.get_running_loop().time()
    task = await begin(world, attempt(bearer=token()))

    version = 2
    while not task.done():
        await world.tell(application(version=version))
        version += 1

    assert task.result() is refusals.NO_SUBSCRIPTION
    assert asyncio.get_running_loop().time() - began < LONGEST_WAIT.total_seconds() * 2


async def test_deleted_consumer_key_is_not_waited_for(world: World) -> None:
    await world.tell(consumer_key(version=2, deleted=True))

    assert world.admission.decide(attempt(bearer=token())) is refusals.NO_SUBSCRIPTION


async def test_client_that_goes_leaves_no_waiter(world: World) -> None:
    task = await begin(world, attempt(bearer=OPAQUE))

    task.cancel()
    await asyncio.wait([task])

    def nobody_waits() -> bool:
        return world.feed.waiting == 0

    await eventually(nobody_waits, within=SOON, message="nobody waits")


async def test_drain_reaches_those_that_wait(world: World) -> None:
    task = await begin(world, attempt(bearer=OPAQUE))
    world.admission.is_draining = True

    await world.tell(reference_token())

    assert await task is refusals.DRAINING


async def test_beyond_the_limit_nobody_waits(world_of_few: World) -> None:
    asked = attempt(bearer=OPAQUE)
    tasks = [asyncio.ensure_future(world_of_few.decide(asked)) for _ in range(FEW)]

    def all_wait() -> bool:
        return world_of_few.feed.waiting == FEW

    await eventually(all_wait, within=SOON, message="as many as may wait")

    assert world_of_few.admission.decide(asked) is refusals.INVALID_CREDENTIALS
    await world_of_few.tell(reference_token())
    assert all(isinstance(decision, Admitted) for decision in await asyncio.gather(*tasks))


async def test_a_burst_does_not_slip_through_the_limit(world_of_few: World) -> None:
    asked = attempt(bearer=OPAQUE)
    # All are decided on before the first of them begins to wait, as when many connections are read at once.
    decisions = [world_of_few.admission.decide(asked) for _ in range(2 * FEW)]
    tasks = [asyncio.ensure_future(decision) for decision in decisions if inspect.isawaitable(decision)]

    done, waiting = await asyncio.wait(tasks, timeout=LONGEST_WAIT.total_seconds() / 2)

    assert len(waiting) <= FEW
    assert {task.result() for task in done} <= {refusals.INVALID_CREDENTIALS}
    await world_of_few.tell(reference_token())
    await asyncio.gather(*waiting)
