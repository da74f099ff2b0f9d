"""Subscriptions and their blocks, scopes, types of keys, key managers, and virtual hosts."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import Fact
from contracts.devportal import SubscriptionStatus
from contracts.keymanager import Revocation, RevocationKind
from contracts.publisher import Block, DefaultVersion, Endpoint, Environment, Operation, SubscriptionControl
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted, Decision
from gateway.handshake.refusal import Refusal
from gateway.session.session import SessionLabels

from .world import (
    NOW,
    api,
    application,
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


async def decide(*changed: Fact, path: str = "/chat/1.0/rooms/5", host: str = "localhost", **claims: Any) -> Decision:
    async with open_world(*everything(*changed)) as world:
        return await world.decide(attempt(path, bearer=token(**claims), host=host))


def name_of(decision: Decision) -> str | None:
    return decision.name if isinstance(decision, Refusal) else None


async def test_admitted_handshake_knows_whose_it_is_and_where_it_goes() -> None:
    admitted = await decide()

    assert isinstance(admitted, Admitted)
    endpoint = admitted.backends.endpoints[0]
    assert (endpoint.authority, endpoint.path) == ("production.test:9000", "/echo")
    assert admitted.sub_path == "/rooms/5"
    assert admitted.expires_at == NOW + 3600 + 30
    assert admitted.labels == SessionLabels(
        api_id="a1",
        application_id="app1",
        subscription_id="s1",
        consumer_key="c1",
        key_type="PRODUCTION",
        user="sue",
        token_id="t1",
        channel="/rooms/{room}",
        plan="Gold",
    )


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (SubscriptionStatus.UNBLOCKED, None),
        (SubscriptionStatus.TIER_UPDATE_PENDING, None),
        (SubscriptionStatus.ON_HOLD, "subscription-inactive"),
        (SubscriptionStatus.REJECTED, "subscription-inactive"),
        (SubscriptionStatus.DELETE_PENDING, "subscription-inactive"),
    ],
)
async def test_state_of_the_subscription(status: SubscriptionStatus, name: str | None) -> None:
    assert name_of(await decide(subscription(status=status))) == name


@pytest.mark.parametrize("key_type", ["PRODUCTION", "SANDBOX"])
@pytest.mark.parametrize(
    ("block", "blocked"),
    [
        (Block.NONE, set()),
        (Block.BLOCKED, {"PRODUCTION", "SANDBOX"}),
        (Block.PROD_ONLY_BLOCKED, {"PRODUCTION"}),
    ],
)
async def test_block_of_the_publisher(block: Block, blocked: set[str], key_type: str) -> None:
    control = SubscriptionControl(version=1, subscription_id="s1", block=block)

    decision = await decide(control, keytype=key_type)

    assert name_of(decision) == ("subscription-blocked" if key_type in blocked else None)


async def test_block_of_another_subscription_is_not_ours() -> None:
    control = SubscriptionControl(version=1, subscription_id="s2", block=Block.BLOCKED)

    assert isinstance(await decide(control), Admitted)


@pytest.mark.parametrize(("key_type", "host"), [("PRODUCTION", "production.test"), ("SANDBOX", "sandbox.test")])
async def test_type_of_the_key_chooses_the_endpoint(key_type: str, host: str) -> None:
    admitted = await decide(keytype=key_type)

    assert isinstance(admitted, Admitted)
    assert admitted.backends.endpoints[0].host == host
    assert admitted.labels.key_type == key_type


@pytest.mark.parametrize(
    ("key_type", "left_out"), [("PRODUCTION", "production_endpoint"), ("SANDBOX", "sandbox_endpoint")]
)
async def test_key_without_an_endpoint_of_its_type_is_refused(key_type: str, left_out: str) -> None:
    changes: dict[str, Any] = {left_out: None}

    assert name_of(await decide(deployment(**changes), keytype=key_type)) == "no-endpoint-for-key-type"


async def test_unusable_endpoint_is_the_backends_fault() -> None:
    unusable = deployment(production_endpoint=Endpoint(url="http://not-a-websocket.test"))

    admitted = await decide(unusable)

    assert isinstance(admitted, Admitted)
    assert admitted.backends.fault is not None
    assert admitted.backends.fault.code == "backend-unreachable"


@pytest.mark.parametrize(
    ("path", "scope", "name"),
    [
        ("/chat/1.0/rooms/5", "chat:read", None),
        ("/chat/1.0/rooms/5", "chat:write", None),
        ("/chat/1.0/rooms/5", "chat:read chat:write more", None),
        ("/chat/1.0/rooms/5", "", "insufficient-scope"),
        ("/chat/1.0/rooms/5", "CHAT:READ", "insufficient-scope"),
        ("/chat/1.0/rooms/5", "chat", "insufficient-scope"),
        ("/chat/1.0/open", "", None),
    ],
)
async def test_any_one_scope_of_the_channel_is_enough(path: str, scope: str, name: str | None) -> None:
    assert name_of(await decide(path=path, scope=scope)) == name


@pytest.mark.parametrize(
    ("allowed", "name"),
    [
        (("all",), None),
        (("Resident Key Manager",), None),
        (("Another", "Resident Key Manager"), None),
        (("Another",), "invalid-credentials"),
        ((), "invalid-credentials"),
    ],
)
async def test_api_trusts_the_key_managers_it_names(allowed: tuple[str, ...], name: str | None) -> None:
    assert name_of(await decide(api(key_managers=allowed))) == name


@pytest.mark.parametrize(
    ("gone", "name"),
    [
        (application(version=2, deleted=True), "no-subscription"),
        (consumer_key(version=2, deleted=True), "no-subscription"),
        (subscription(version=2, deleted=True), "no-subscription"),
        (deployment(version=2, deleted=True), "no-api"),
        (api(version=2, deleted=True), "no-api"),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_was_deleted_gives_no_right(gone: Fact, name: str) -> None:
    async with open_world(*everything()) as world:
        await world.tell(gone)

        assert name_of(await world.decide(attempt(bearer=token()))) == name


async def test_subscription_to_another_api_gives_no_right() -> None:
    assert name_of(await decide(subscription(api_id="a2"))) == "no-subscription"


async def test_subscription_of_another_application_gives_no_right() -> None:
    assert name_of(await decide(consumer_key(application_id="app2"))) == "no-subscription"


@pytest.mark.parametrize(("kind", "identity"), [("token", "t1"), ("client", "c1"), ("subject", "sue")])
async def test_revoked_token_is_inactive(kind: str, identity: str) -> None:
    revoked = Revocation(
        version=1, kind=RevocationKind(kind), id=identity, revoked_at=at(NOW), expires_at=at(NOW + 3600)
    )

    assert await decide(revoked) is refusals.INACTIVE_TOKEN


async def test_expired_token_is_told_so_after_its_leeway() -> None:
    async with open_world(*everything(), now=NOW + 3629) as world:
        assert isinstance(await world.decide(attempt(bearer=token())), Admitted)
    async with open_world(*everything(), now=NOW + 3630) as world:
        assert await world.decide(attempt(bearer=token())) is refusals.EXPIRED_TOKEN


TWO_HOSTS: tuple[Environment, ...] = (environment("first.test", "second.test"),)


@pytest.mark.parametrize(
    ("vhost", "host", "name"),
    [
        ("first.test", "first.test", None),
        ("first.test", "first.test:9099", None),
        ("first.test", "FIRST.test", None),
        ("first.test", "first.test.:9099", None),
        ("first.test", "second.test", "no-api"),
        ("first.test", "unknown.test", None),
        ("first.test", "192.0.2.1:9099", None),
        ("first.test", "[::1]:9099", None),
        ("second.test", "second.test:443", None),
        ("second.test", "first.test", "no-api"),
        ("second.test", "unknown.test", "no-api"),
    ],
)
async def test_host_header_chooses_the_virtual_host(vhost: str, host: str, name: str | None) -> None:
    assert name_of(await decide(*TWO_HOSTS, deployment(vhost=vhost), host=host)) == name


async def test_ipv6_address_is_a_virtual_host_without_its_brackets() -> None:
    both = environment("first.test", "::1")

    assert isinstance(await decide(both, deployment(vhost="::1"), host="[::1]:9099"), Admitted)


async def test_virtual_host_written_in_capitals_is_found() -> None:
    both = environment("first.test", "Second.Test")

    assert isinstance(await decide(both, deployment(vhost="Second.Test"), host="second.test"), Admitted)


async def test_api_without_operations_takes_every_sub_path() -> None:
    admitted = await decide(deployment(operations=()), path="/chat/1.0/what/ever", scope="")

    assert isinstance(admitted, Admitted)
    assert admitted.labels.channel == "/*"


async def test_default_version_gets_the_unknown_version_as_sub_path() -> None:
    everywhere = deployment(operations=(Operation(target="/*", verb="SUBSCRIBE"),))

    admitted = await decide(DefaultVersion(version=1, context="/chat", api_id="a1"), everywhere, path="/chat/2.0.0")

    assert isinstance(admitted, Admitted)
    assert admitted.sub_path == "/2.0.0"
