"""One suite for both clients of the key manager: the fake, and HTTP against a stub that behaves as the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from backing.eventually import free_ports
from publisher.errors import KeyManagerAway
from publisher.keymanager_client.client import KeyManagerClient
from publisher.keymanager_client.http import open_keymanager
from publisher.keymanager_client.memory import MemoryKeyManager

SECRET = "the/publisher's+own=secret"
_CREDENTIALS = httpx.BasicAuth("sluice-publisher", SECRET)


def create_stub(behind: MemoryKeyManager, *, spoiled: Response | None = None) -> FastAPI:
    app = FastAPI()

    @app.post("/keymanager-operations/test-keys")
    async def test_keys(request: Request, body: dict[str, str]) -> Response:
        expected = next(_CREDENTIALS.auth_flow(httpx.Request("GET", "http://x"))).headers["authorization"]
        if request.headers.get("authorization") != expected:
            return JSONResponse({"detail": "unknown client"}, status_code=401)
        key = await behind.issue_test_key(api_id=body["apiId"], user=body["user"])
        return spoiled or JSONResponse({"apikey": key.token, "validityTime": key.validity_seconds})

    return app


@pytest.fixture
def behind() -> MemoryKeyManager:
    return MemoryKeyManager()


@pytest.fixture(params=["memory", "http"])
async def client(request: pytest.FixtureRequest, behind: MemoryKeyManager) -> AsyncIterator[KeyManagerClient]:
    if request.param == "memory":
        yield behind
        return
    transport = httpx.ASGITransport(create_stub(behind))
    async with open_keymanager(url="http://keymanager", client_secret=SECRET, transport=transport) as opened:
        yield opened


async def test_key_is_for_the_api_and_user_that_were_named(client: KeyManagerClient, behind: MemoryKeyManager) -> None:
    key = await client.issue_test_key(api_id="a", user="carl")

    assert behind.issued == [("a", "carl")]
    assert key.token
    assert key.validity_seconds == 3600


async def test_key_is_not_in_the_repr(client: KeyManagerClient) -> None:
    key = await client.issue_test_key(api_id="a", user="carl")

    assert key.token not in repr(key)


@pytest.mark.parametrize("spoiled", [Response("no JSON"), JSONResponse({"other": 1}), Response(status_code=302)])
async def test_answer_that_is_not_understood_is_as_none(behind: MemoryKeyManager, spoiled: Response) -> None:
    transport = httpx.ASGITransport(create_stub(behind, spoiled=spoiled))
    async with open_keymanager(url="http://keymanager", client_secret=SECRET, transport=transport) as client:
        with pytest.raises(KeyManagerAway):
            await client.issue_test_key(api_id="a", user="carl")


async def test_wrong_secret_is_the_operators_business(behind: MemoryKeyManager) -> None:
    transport = httpx.ASGITransport(create_stub(behind))
    async with open_keymanager(url="http://keymanager", client_secret="another", transport=transport) as client:
        with pytest.raises(KeyManagerAway):
            await client.issue_test_key(api_id="a", user="carl")


async def test_nobody_there_is_away() -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    async with open_keymanager(url=url, client_secret=SECRET) as client:
        with pytest.raises(KeyManagerAway):
            await client.issue_test_key(api_id="a", user="carl")
