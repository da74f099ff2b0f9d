"""One suite for both clients of the key manager: the fake, and HTTP against a stub that behaves as the real one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
import pytest

from backing.eventually import free_ports
from contracts.devportal import TokenType
from contracts.keymanager import KeyType
from devportal.errors import Conflict, KeyManagerAway, RefusedByKeyManager, UnknownConsumerKey
from devportal.keymanager_client.client import ConsumerKeyOrder, ConsumerSecret, KeyManagerClient, TokenWish
from devportal.keymanager_client.http import open_keymanager
from devportal.keymanager_client.memory import MemoryKeyManager

from .keymanager_stub import SECRET, create_stub


@dataclass(frozen=True, slots=True)
class Both:
    """A client, and the key manager behind it (for the fake: itself)."""

    client: KeyManagerClient
    behind: MemoryKeyManager


@pytest.fixture(params=["memory", "http"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[Both]:
    behind = MemoryKeyManager()
    if request.param == "memory":
        yield Both(behind, behind)
        return
    transport = httpx.ASGITransport(create_stub(behind))
    async with open_keymanager(url="http://keymanager", client_secret=SECRET, transport=transport) as client:
        yield Both(client, behind)


def order(**changes: object) -> ConsumerKeyOrder:
    made = ConsumerKeyOrder(
        key_mapping_id=str(uuid.uuid4()),
        application_id="app",
        application_name="App",
        owner="sue",
        token_type=TokenType.JWT,
        key_type=KeyType.PRODUCTION,
        grant_types=("client_credentials",),
        callback_url=None,
        validity_seconds=3600,
        additional_properties={"a": ["1", 2, None]},
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the tests give what fits


async def test_order_arrives_as_it_was_given(both: Both) -> None:
    given = order(callback_url="https://app.example/cb", token_type=TokenType.OAUTH)

    made = await both.client.keep_consumer_key(given)

    kept = both.behind.keys[given.key_mapping_id]
    assert kept.order == given
    assert (made.client_id, made.client_secret, made.grant_types) == (
        kept.client_id,
        kept.secrets[0],
        given.grant_types,
    )


async def test_repeat_gives_the_same_client_a_further_secret(both: Both) -> None:
    given = order()

    first = await both.client.keep_consumer_key(given)
    second = await both.client.keep_consumer_key(given)

    assert first.client_id == second.client_id
    for secret in (first.client_secret, second.client_secret):
        await both.client.issue_token(given.key_mapping_id, TokenWish(secret))


async def test_id_of_another_application_is_a_conflict(both: Both) -> None:
    given = order()
    await both.client.keep_consumer_key(given)

    with pytest.raises(Conflict):
        await both.client.keep_consumer_key(replace(given, application_id="other"))


async def test_deleted_keys_are_gone_and_their_id_is_not_used_again(both: Both) -> None:
    given = order()
    await both.client.keep_consumer_key(given)

    await both.client.delete_consumer_key(given.key_mapping_id)
    await both.client.delete_consumer_key(given.key_mapping_id)

    with pytest.raises(UnknownConsumerKey):
        await both.client.issue_token(given.key_mapping_id, TokenWish())
    with pytest.raises(UnknownConsumerKey):
        await both.client.replace_secret(given.key_mapping_id)
    with pytest.raises(Conflict):
        await both.client.keep_consumer_key(given)


async def test_replaced_secret_is_the_only_one(both: Both) -> None:
    given = order()
    old = await both.client.keep_consumer_key(given)

    new = await both.client.replace_secret(given.key_mapping_id)

    assert new.client_id == old.client_id
    await both.client.issue_token(given.key_mapping_id, TokenWish(new.client_secret))
    with pytest.raises(RefusedByKeyManager):
        await both.client.issue_token(given.key_mapping_id, TokenWish(old.client_secret))


async def test_token_has_what_was_wished(both: Both) -> None:
    given = order()
    made = await both.client.keep_consumer_key(given)

    plain = await both.client.issue_token(given.key_mapping_id, TokenWish())
    wished = await both.client.issue_token(given.key_mapping_id, TokenWish(made.client_secret, ("a", "b"), 60))

    assert (plain.scopes, plain.validity_seconds) == ((), 3600)
    assert (wished.scopes, wished.validity_seconds) == (("a", "b"), 60)
    assert plain.access_token != wished.access_token


@pytest.mark.parametrize("seconds", [0, -1, 100_000_000])
async def test_impossible_lifetime_is_refused_with_the_reason(both: Both, seconds: int) -> None:
    given = order()
    await both.client.keep_consumer_key(given)

    with pytest.raises(RefusedByKeyManager, match="86400"):
        await both.client.issue_token(given.key_mapping_id, TokenWish(validity_seconds=seconds))
    with pytest.raises(RefusedByKeyManager, match="86400"):
        await both.client.keep_consumer_key(order(validity_seconds=seconds))


async def test_token_is_revoked_with_the_clients_own_credentials(both: Both) -> None:
    made = await both.client.keep_consumer_key(order())

    await both.client.revoke_token("a+token", client=ConsumerSecret(made.client_id, made.client_secret))

    assert both.behind.revoked == {"a+token"}
    with pytest.raises(RefusedByKeyManager):
        await both.client.revoke_token("other", client=ConsumerSecret(made.client_id, "wrong"))


async def test_key_manager_that_is_away_is_said_to_be_so(both: Both) -> None:
    both.behind.is_available = False

    with pytest.raises(KeyManagerAway):
        await both.client.keep_consumer_key(order())
    with pytest.raises(KeyManagerAway):
        await both.client.delete_consumer_key("x")


async def test_refused_connection_is_away() -> None:
    async with open_keymanager(url=f"http://127.0.0.1:{free_ports(1)[0]}", client_secret=SECRET) as client:
        with pytest.raises(KeyManagerAway, match="does not answer"):
            await client.keep_consumer_key(order())


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, b"{}"), (302, b""), (401, b""), (500, b"oops")])
async def test_answer_that_is_not_understood_is_away(status: int, body: bytes) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    async with open_keymanager(url="http://keymanager", client_secret=SECRET, transport=transport) as client:
        with pytest.raises(KeyManagerAway):
            await client.keep_consumer_key(order())


async def test_wrong_secret_of_the_devportal_is_away_not_the_callers_fault() -> None:
    transport = httpx.ASGITransport(create_stub(MemoryKeyManager()))
    async with open_keymanager(url="http://keymanager", client_secret="wrong", transport=transport) as client:
        with pytest.raises(KeyManagerAway, match="401"):
            await client.keep_consumer_key(order())


async def test_secrets_are_not_in_what_is_printed() -> None:
    made = await MemoryKeyManager().keep_consumer_key(order())

    assert made.client_secret not in repr(made)
    assert "s3cret" not in repr(TokenWish("s3cret"))
