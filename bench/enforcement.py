"""From the answer of a REST call to the Close that a silent client gets, on Kafka and PostgreSQL.

Every service is the real one, in a process of its own, and shares this machine with the broker, the database and the
clients. A token is revoked for each sample, in the company of sessions that nobody touches; then the API is blocked,
which touches them all.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

import httpx
from e2e.clients.control import ControlPlane, Json, Keys, Person, expect
from e2e.clients.gateway import bearer
from e2e.journeys.waiting import soon
from e2e.platform import Platform, Stores
from websockets.asyncio.client import ClientConnection, connect

from backing.kafka import KafkaBroker, fetch_kafka
from backing.postgres import PostgresServer, fetch_postgres
from bench.processes import Result

_BAR_MILLISECONDS = "1000"
_AT_ONCE = 50
_SETTLED_SECONDS = 30


def measure_enforcement(folder: Path, *, samples: int, bystanders: int) -> dict[str, Result]:
    """So many revocations, one after the other, beside so many sessions of another token."""
    with ExitStack() as ends:
        platform = _start(folder, ends)
        latencies, last_of_all = asyncio.run(_measure(platform, samples, bystanders))
    milliseconds = sorted(seconds * 1000 for seconds in latencies)
    what = "enforcement, Kafka: from REST answer to Close"
    return {
        f"{what}, p50 of {samples}": Result(statistics.median(milliseconds), "ms"),
        f"{what}, p99": Result(_percentile(milliseconds, 0.99), "ms", _BAR_MILLISECONDS),
        f"{what}, slowest": Result(milliseconds[-1], "ms"),
        f"API blocked: until the last of {bystanders} is told": Result(last_of_all * 1000, "ms", _BAR_MILLISECONDS),
    }


def _start(folder: Path, ends: ExitStack) -> Platform:
    fetch_kafka()
    fetch_postgres()
    kafka, postgres = KafkaBroker(), PostgresServer()
    ends.callback(kafka.stop)
    kafka.start(folder / "kafka")
    ends.callback(postgres.discard)
    postgres.start(folder / "postgres")
    databases = {name: postgres.create_database(name) for name in ("publisher", "devportal", "keymanager")}
    (folder / "platform").mkdir()
    platform = Platform(folder / "platform", Stores(f"kafka://{kafka.bootstrap}", databases))
    ends.callback(platform.close)
    platform.start_all()
    return platform


async def _measure(platform: Platform, samples: int, bystanders: int) -> tuple[list[float], float]:
    async with ControlPlane(platform) as control, AsyncExitStack() as open_ones:
        api = await control.published_api()
        subscriber = await control.person("subscriber")
        await soon(lambda: control.seen_in_devportal(api["id"]), "the API appears in the Developer Portal")
        keys = await control.subscribed_keys(subscriber, api)
        url = f"{platform.ws}{api['context']}/1.0.0"
        company = await _open(open_ones, url, [await control.token(subscriber, keys)] * bystanders)
        tokens = [await control.token(subscriber, keys) for _ in range(samples)]
        silent = await _open(open_ones, url, tokens)
        latencies = [await _revoke(control, keys, token, socket) for token, socket in zip(tokens, silent, strict=True)]
        assert all(each.close_code is None for each in company), "a bystander was closed"
        return latencies, await _block(control, api, company)


async def _revoke(control: ControlPlane, keys: Keys, token: str, socket: ClientConnection) -> float:
    closed = asyncio.create_task(_closed_at(socket))
    auth = httpx.BasicAuth(keys.consumer_key, keys.consumer_secret)
    expect(await control.keymanager.post("/oauth2/revoke", data={"token": token}, auth=auth))
    answered = time.monotonic()
    at = await asyncio.wait_for(closed, _SETTLED_SECONDS)
    assert socket.close_code == 4001, socket.close_code
    return max(0.0, at - answered)


async def _block(control: ControlPlane, api: Json, sockets: Sequence[ClientConnection]) -> float:
    """Until the last of them is told, in seconds."""
    publisher: Person = await control.person("publisher")
    closed = [asyncio.create_task(_closed_at(socket)) for socket in sockets]
    await control.change_lifecycle(publisher, api["id"], "Block")
    answered = time.monotonic()
    last = max(await asyncio.wait_for(asyncio.gather(*closed), _SETTLED_SECONDS))
    assert {socket.close_code for socket in sockets} == {1012}
    return max(0.0, last - answered)


async def _closed_at(socket: ClientConnection) -> float:
    await socket.wait_closed()
    return time.monotonic()


async def _open(stack: AsyncExitStack, url: str, tokens: Sequence[str]) -> list[ClientConnection]:
    opened: list[ClientConnection] = []
    for start in range(0, len(tokens), _AT_ONCE):
        part = [_connected(url, token) for token in tokens[start : start + _AT_ONCE]]
        opened += await asyncio.gather(*(stack.enter_async_context(each) for each in part))
    return opened


@asynccontextmanager
async def _connected(url: str, token: str) -> AsyncIterator[ClientConnection]:
    async with connect(url, additional_headers=bearer(token), compression=None, ping_interval=None) as socket:
        yield socket


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
