"""Silent sessions, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect

from e2e.clients.control import ControlPlane, Json, Person, expect
from e2e.clients.gateway import bearer
from e2e.journeys.tutorial import Subscribed

_CLOSED_SECONDS = 10


@asynccontextmanager
async def open_session(tutorial: Subscribed, url: str | None = None) -> AsyncIterator[ClientConnection]:
    """A session on which nobody speaks, on the usual gateway unless `url` says otherwise."""
    async with connect(url or tutorial.url, additional_headers=bearer(tutorial.token)) as socket:
        yield socket


async def expect_close(socket: ClientConnection, code: int) -> None:
    """The gateway ends the session with this code."""
    await asyncio.wait_for(socket.wait_closed(), _CLOSED_SECONDS)
    assert socket.close_code == code, (socket.close_code, socket.close_reason)


async def expect_undisturbed(socket: ClientConnection) -> None:
    """Nothing has come, and what is sent is still echoed."""
    await socket.send("still here")
    assert await asyncio.wait_for(socket.recv(), _CLOSED_SECONDS) == "still here"


async def deploy_again(creator: Person, api: Json, **sluice: object) -> None:
    """A new revision of the API with these terms for its sessions takes the place of the old one."""
    identity = api["id"]
    body = expect(await creator.publisher.get(f"/apis/{identity}"))
    expect(await creator.publisher.put(f"/apis/{identity}", json=body | {"sluice": sluice}), 200)
    revision = expect(await creator.publisher.post(f"/apis/{identity}/revisions", json={"description": "again"}))
    deployment = [{"name": "Default", "vhost": "localhost", "displayOnDevportal": True}]
    params = {"revisionId": revision["id"]}
    expect(await creator.publisher.post(f"/apis/{identity}/deploy-revision", params=params, json=deployment))


@asynccontextmanager
async def denied(control: ControlPlane, kind: str, value: object) -> AsyncIterator[None]:
    """A deny policy of the administrator, taken back in the end, for other journeys have the same address."""
    rest = (await control.administrator()).publisher
    admin = f"{control.platform.url('publisher')}/api/am/admin/v4/throttling"
    body = {"conditionType": kind, "conditionValue": value, "conditionStatus": True}
    policy = expect(await rest.post(f"{admin}/deny-policies", json=body), 201)
    try:
        yield
    finally:
        expect(await rest.delete(f"{admin}/deny-policy/{policy['conditionId']}"), 200, 204)
