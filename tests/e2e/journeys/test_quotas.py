"""Plans hold over all gateways together: quotas of messages, and connections at the same time."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from e2e.clients.control import ControlPlane, expect
from e2e.clients.gateway import bearer
from e2e.conftest import MANY_MACHINES
from e2e.journeys.quotas import Sold, counting_backend, gateways, messages, policies, send_steadily, sold
from e2e.journeys.tutorial import expect_refusal
from e2e.journeys.waiting import soon

on_many_machines = pytest.mark.parametrize("shared_platform", [MANY_MACHINES], indirect=True)

QUOTA, WINDOW = 120, 10


async def test_a_spent_quota_drops_with_a_notice_refuses_handshakes_and_follows_its_plan(control: ControlPlane) -> None:
    # Five messages and their echoes.
    bought = await sold(control, defaultLimit=messages(10, 1, "days"))
    url = f"{control.platform.ws}{bought.path}"

    async with await open_soon(url, bought) as socket:
        for number in range(5):
            assert await ask(socket, str(number)) == str(number)
        assert "4003" in await ask(socket, "one too many")
        refused = await expect_refusal(url, 429, token=bought.token, code=900804)
        assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600

        rest = (await control.administrator()).publisher
        more = {"policyName": bought.plan["policyName"], "defaultLimit": messages(40, 1, "days")}
        expect(await rest.put(f"{policies(control)}/{bought.plan['policyId']}", json=more), 200)

        async def is_echoed_again() -> None:
            assert await ask(socket, "again", within=1) == "again"

        await soon(is_echoed_again, "the open session goes on under the new plan")


@on_many_machines
async def test_three_gateways_share_a_quota_exactly_while_one_is_killed(control: ControlPlane) -> None:
    async with counting_backend() as backend, gateways(control.platform, 3) as names:
        quota = messages(QUOTA, WINDOW, "sec")
        bought = await sold(control, backend=f"ws://localhost:{backend.port}", defaultLimit=quota)
        await open_everywhere(control, bought, names)
        began = time.time()

        # Many on one gateway, one on another, now and then one message on the third.
        load = [(names[0], 0.01)] * 4 + [(names[1], 0.02), (names[2], 0.3)]
        clients = [
            asyncio.create_task(
                send_steadily(f"{control.platform.ws_of(name)}{bought.path}", bought.token, every=every)
            )
            for name, every in load
        ]
        try:
            whole_window = (began // WINDOW + 1) * WINDOW
            await until(whole_window + 0.3)
            control.platform.kill(names[1])
            await until(whole_window + WINDOW)
        finally:
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)

        assert backend.count(whole_window - WINDOW, whole_window) <= QUOTA
        assert QUOTA - len(names) <= backend.count(whole_window, whole_window + WINDOW) <= QUOTA


@on_many_machines
async def test_gateways_share_the_places_of_a_plan(control: ControlPlane) -> None:
    async with gateways(control.platform, 2) as names:
        bought = await sold(control, sluice={"connections": 3})
        await open_everywhere(control, bought, names)
        urls = [f"{control.platform.ws_of(name)}{bought.path}" for name in names]

        attempts = await asyncio.gather(*(attempt(url, bought) for url in urls * 3))

        opened = [socket for socket in attempts if isinstance(socket, ClientConnection)]
        refused = [error.response for error in attempts if isinstance(error, InvalidStatus)]
        assert len(opened) == 3
        assert {response.status_code for response in refused} == {429}
        assert all(int(response.headers["Retry-After"]) > 0 for response in refused)
        await opened.pop().close()
        async with await open_soon(urls[0], bought):
            assert isinstance(await attempt(urls[1], bought), InvalidStatus)
        for socket in opened:
            await socket.close()


async def open_everywhere(control: ControlPlane, bought: Sold, names: list[str]) -> None:
    """The facts of what was sold have come to all gateways."""
    for name in names:
        async with await open_soon(f"{control.platform.ws_of(name)}{bought.path}", bought):
            pass


async def open_soon(url: str, bought: Sold) -> ClientConnection:
    """A session, once there is a place for it and the facts have come."""

    async def is_open() -> ClientConnection:
        opened = await attempt(url, bought)
        assert isinstance(opened, ClientConnection), opened
        return opened

    return await soon(is_open, "a session opens")


async def attempt(url: str, bought: Sold) -> ClientConnection | InvalidStatus:
    try:
        return await connect(url, additional_headers=bearer(bought.token))
    except InvalidStatus as error:
        return error


async def ask(socket: ClientConnection, text: str, *, within: float = 10) -> str:
    await socket.send(text)
    answer = await asyncio.wait_for(socket.recv(), within)
    assert isinstance(answer, str)
    return answer


async def until(moment: float) -> None:
    """Windows follow the clock, so here time itself is what is waited for."""
    await asyncio.sleep(max(0.0, moment - time.time()))
