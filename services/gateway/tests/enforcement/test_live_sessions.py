"""A changed fact closes the silent sessions it touches with the right code, and no other session notices anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts import Fact
from contracts.devportal import SubscriptionStatus
from contracts.keymanager import KeyType, Revocation, RevocationKind
from contracts.publisher import (
    ApiState,
    Block,
    DefaultVersion,
    DenyPolicy,
    DenyType,
    Operation,
    Plan,
    PlanLevel,
    SessionBan,
    SubscriptionControl,
)
from services.gateway.tests.enforcement.scene import open_scene, other_token
from services.gateway.tests.policies.world import (
    NOW,
    OPAQUE,
    api,
    application,
    at,
    consumer_key,
    deployment,
    issuer,
    reference_token,
    signing_key,
    subscription,
    token,
)

FAR = at(NOW) + timedelta(days=36_500)


def gone(fact: Fact) -> Fact:
    return fact.model_copy(update={"version": 2, "deleted": True})


def revoked(kind: RevocationKind, identity: str, *, when: int = NOW) -> Fact:
    return Revocation(version=1, kind=kind, id=identity, revoked_at=at(when), expires_at=FAR)


def controlled(block: Block) -> Fact:
    return SubscriptionControl(version=1, subscription_id="s1", block=block)


def denied(kind: DenyType, value: str, **changes: Any) -> Fact:
    return DenyPolicy(**{"version": 1, "id": "d1", "type": kind, "value": value} | changes)


def banned(**selectors: Any) -> Fact:
    return SessionBan(**{"version": 1, "id": "b1", "banned_at": at(NOW), "until": FAR} | selectors)


CHANGES: dict[str, tuple[Fact, int]] = {
    "token revoked": (revoked(RevocationKind.TOKEN, "t1"), 4001),
    "client revoked": (revoked(RevocationKind.CLIENT, "c1"), 4001),
    "subject revoked": (revoked(RevocationKind.SUBJECT, "sue"), 4001),
    "subscription removed": (gone(subscription()), 4001),
    "subscription rejected": (subscription(version=2, status=SubscriptionStatus.REJECTED), 4001),
    "subscription blocked": (controlled(Block.BLOCKED), 4001),
    "subscription blocked for production": (controlled(Block.PROD_ONLY_BLOCKED), 4001),
    "application deleted": (gone(application()), 4001),
    "consumer key deleted": (gone(consumer_key()), 4001),
    "consumer key inactive": (consumer_key(version=2, state="REVOKED"), 4001),
    "key manager no longer trusted by the API": (api(version=2, key_managers=("Another",)), 4001),
    "API blocked": (api(version=2, state=ApiState.BLOCKED), 1012),
    "API retired": (api(version=2, state=ApiState.RETIRED), 1012),
    "API demoted": (api(version=2, state=ApiState.CREATED), 1012),
    "API deleted": (gone(api()), 1012),
    "API undeployed": (gone(deployment()), 1012),
    "redeployed without the channel": (
        deployment(version=2, revision_id="r2", operations=(Operation(target="/open", verb="SUBSCRIBE"),)),
        1012,
    ),
    "redeployed with another scope": (
        deployment(
            version=2,
            revision_id="r2",
            operations=(Operation(target="/rooms/{room}", verb="SUBSCRIBE", scopes=("chat:other",)),),
        ),
        4001,
    ),
    "redeployed without a production endpoint": (
        deployment(version=2, revision_id="r2", production_endpoint=None),
        1012,
    ),
    "redeployed on another host": (deployment(version=2, revision_id="r2", vhost="other.test"), 1012),
    "API denied": (denied(DenyType.API, "/chat/1.0.0"), 4006),
    "application denied": (denied(DenyType.APPLICATION, "sue:Client"), 4006),
    "user denied": (denied(DenyType.USER, "sue"), 4006),
    "address denied": (denied(DenyType.IP, "192.0.2.1"), 4006),
    "range of addresses denied": (denied(DenyType.IPRANGE, "192.0.2.0", last_address="192.0.2.5"), 4006),
    "every other address denied": (denied(DenyType.IP, "198.51.100.7", invert=True), 4006),
    "session banned": (banned(session_id="s1"), 1008),
    "user banned": (banned(user="sue"), 1008),
    "session ended by an order": (banned(session_id="s1", until=at(NOW)), 1008),
    "address banned": (banned(address="192.0.2.1"), 1008),
    "application banned on the API": (banned(application_id="app1", api_id="a1", plan="Gold"), 1008),
}


@pytest.mark.parametrize(("change", "code"), CHANGES.values(), ids=CHANGES.keys())
async def test_change_closes_whom_it_touches_and_nobody_else(change: Fact, code: int) -> None:
    async with open_scene() as scene:
        touched = await scene.open()
        bystander = await scene.open("/news/1.0/rooms/5", bearer=other_token(), address="198.51.100.7")
        before = bystander.session.grounds

        await scene.tell(change)

        assert touched.session.close_code == code
        assert touched.client.recv(2)[:1] == b"\x88"
        bystander.assert_heard_nothing()
        assert bystander.session.grounds is before
        assert not bystander.session.is_closing


UNTOUCHED: dict[str, Fact] = {
    "deprecation": api(version=2, state=ApiState.DEPRECATED),
    "another's token revoked": revoked(RevocationKind.TOKEN, "t9"),
    "older tokens of the client revoked": revoked(RevocationKind.CLIENT, "c1", when=NOW - 3600),
    "another's subscription removed": gone(subscription(id="s9", application_id="app9")),
    "a wish for another plan": subscription(version=2, status=SubscriptionStatus.TIER_UPDATE_PENDING),
    "redeployed as it was": deployment(version=2, revision_id="r2"),
    "undeployed elsewhere": gone(deployment(environment="Else")),
    "another default version": DefaultVersion(version=1, context="/chat", api_id="a2"),
    "a plan that changes": Plan(version=1, id="p", level=PlanLevel.SUBSCRIPTION, name="Gold", display_name="Gold"),
    "deny policy that is disabled": denied(DenyType.USER, "sue", enabled=False),
    "deny policy on others": denied(DenyType.APPLICATION, "carl:Other"),
    "ban that had passed before": banned(user="sue", until=at(NOW - 3600)),
    "ban on others": banned(user="sue", api_id="a2"),
}


@pytest.mark.parametrize("change", UNTOUCHED.values(), ids=UNTOUCHED.keys())
async def test_change_that_takes_no_right_away_is_not_noticed(change: Fact) -> None:
    async with open_scene() as scene:
        line = await scene.open()

        await scene.tell(change)

        line.assert_heard_nothing()
        assert not line.session.is_closing


@pytest.mark.parametrize("trust", [gone(signing_key()), issuer().model_copy(update={"version": 2, "enabled": False})])
async def test_signer_that_is_no_longer_believed_takes_its_sessions_along(trust: Fact) -> None:
    async with open_scene() as scene:
        line = await scene.open()

        await scene.tell(trust)

        assert line.session.close_code == 4001


async def test_deleted_reference_token_closes_its_sessions_only() -> None:
    async with open_scene(reference_token(scopes=("chat:read",))) as scene:
        opaque, jwt = await scene.open(bearer=OPAQUE), await scene.open()

        await scene.tell(gone(reference_token()))

        assert opaque.session.close_code == 4001
        jwt.assert_heard_nothing()


async def test_reference_token_that_lives_shorter_ends_its_sessions_sooner() -> None:
    async with open_scene(reference_token(scopes=("chat:read",))) as scene:
        line = await scene.open(bearer=OPAQUE)

        await scene.tell(reference_token(version=2, scopes=("chat:read",), expires_at=at(NOW + 60)))

        assert line.session.expires_at == NOW + 60 + 30


async def test_block_for_production_leaves_sandbox_sessions() -> None:
    async with open_scene() as scene:
        line = await scene.open(bearer=token(keytype=KeyType.SANDBOX.value))

        await scene.tell(controlled(Block.PROD_ONLY_BLOCKED))

        line.assert_heard_nothing()


async def test_all_sessions_of_a_revoked_client_are_closed_and_of_a_revoked_token_only_its_own() -> None:
    async with open_scene() as scene:
        first, second = await scene.open(), await scene.open(bearer=token(jti="t9"))

        await scene.tell(revoked(RevocationKind.TOKEN, "t9"))
        assert (first.session.close_code, second.session.close_code) == (None, 4001)
        await scene.tell(revoked(RevocationKind.CLIENT, "c1"))

        assert first.session.close_code == 4001


async def test_session_of_a_replaced_subscription_goes_on_with_the_new_one() -> None:
    async with open_scene() as scene:
        line = await scene.open()

        await scene.tell(subscription(id="s9", version=5, plan="Silver"), gone(subscription()))

        line.assert_heard_nothing()
        assert (line.session.labels.subscription_id, line.session.labels.plan) == ("s9", "Silver")
        assert scene.index.grouped("subscription_id", "s9") == [line.session]
        assert scene.index.grouped("plan", "subscription:Silver") == [line.session]
