"""Two workers behind one admin port, as processes."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import ClientConnection

from backing.eventually import eventually, free_ports
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    Site,
    admin_headers,
    expect_echo,
    fresh_token,
    open_client,
    open_site,
)

SOON = timedelta(seconds=20)
CLIENTS = 16


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(tmp_path_factory.mktemp("workers")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gateway(shared_site: Site) -> AsyncIterator[GatewayProcess]:
    """Three processes take a while to start."""
    async with running(shared_site) as process:
        yield process
        assert await process.stop() == 0
        assert process.descendants() == set()


@asynccontextmanager
async def running(site: Site, name: str = "gateway") -> AsyncIterator[GatewayProcess]:
    with site.gateway(name, WORKERS="2") as process:
        process.start()
        await process.wait_ready()
        yield process


@pytest_asyncio.fixture(loop_scope="module")
async def gateway(shared_gateway: GatewayProcess) -> GatewayProcess:
    """Whole again, whatever the test before has broken."""
    await shared_gateway.wait_ready()
    return shared_gateway


async def opened(gateway: GatewayProcess, stack: AsyncExitStack) -> list[ClientConnection]:
    """So many sessions that the kernel cannot but spread them."""
    clients = [await stack.enter_async_context(open_client(gateway, fresh_token())) for _ in range(CLIENTS)]
    for client in clients:
        await expect_echo(client, "hello")
    return clients


def workers_of(gateway: GatewayProcess) -> dict[int, int]:
    """Process ids and how many sockets each has open."""
    return {pid: _open_sockets(pid) for pid in gateway.descendants() - {gateway.pid}}


def _open_sockets(pid: int) -> int:
    try:
        return sum("socket:" in _target(link) for link in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:  # It has ended since it was found.
        return 0


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


async def asked(gateway: GatewayProcess, method: str, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=gateway.admin, headers=admin_headers(), timeout=10) as http:
        return await http.request(method, path)


async def total(gateway: GatewayProcess, name: str) -> float:
    """The sum of all samples of a metric."""
    text = (await asked(gateway, "GET", "/metrics")).text
    families = text_string_to_metric_families(text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


async def test_sessions_spread_over_workers_and_are_listed_counted_and_killed_as_one(gateway: GatewayProcess) -> None:
    idle, before = workers_of(gateway), await total(gateway, "sluice_gateway_messages_total")
    async with AsyncExitStack() as stack:
        clients = await opened(gateway, stack)
        busy = workers_of(gateway)

        listed = (await asked(gateway, "GET", "/sessions?limit=10&applicationId=app1")).json()
        rest = (await asked(gateway, "GET", listed["pagination"]["next"])).json()
        one = await asked(gateway, "DELETE", f"/sessions/{listed['list'][0]['sessionId']}")
        active = await total(gateway, "sluice_gateway_connections_active")
        messages = await total(gateway, "sluice_gateway_messages_total")
        build = await total(gateway, "sluice_build_info")
        rest_of_them = await asked(gateway, "DELETE", "/sessions?user=sue")
        for client in clients:
            await client.wait_closed()

        assert len(busy) == 2
        assert all(busy[pid] > idle[pid] for pid in busy)
        assert (listed["count"], listed["pagination"]["total"], rest["count"]) == (10, CLIENTS, CLIENTS - 10)
        times = [session["openedAt"] for session in listed["list"] + rest["list"]]
        assert times == sorted(times)
        assert (one.status_code, rest_of_them.json()) == (204, {"count": CLIENTS - 1})
        assert (active, messages, build) == (CLIENTS - 1, before + 2 * CLIENTS, 1)
        assert {client.close_code for client in clients} == {1008}


async def test_a_killed_worker_is_replaced_and_what_it_counted_is_not_lost(gateway: GatewayProcess) -> None:
    async with AsyncExitStack() as stack:
        clients = await opened(gateway, stack)
        before = await total(gateway, "sluice_gateway_messages_total")
        killed = next(iter(workers_of(gateway)))

        os.kill(killed, signal.SIGKILL)

        async def is_replaced() -> None:
            found = workers_of(gateway)
            assert len(found) == 2
            assert killed not in found
            assert await gateway.status("/readyz") == 200

        await eventually(is_replaced, within=SOON, message="two workers are ready again")
        survivors = [client for client in clients if client.close_code is None]
        for client in survivors:
            await expect_echo(client, "still here")
        assert 0 < len(survivors) < CLIENTS
        assert await total(gateway, "sluice_gateway_messages_total") == before + 2 * len(survivors)
        assert await total(gateway, "sluice_gateway_worker_restarts_total") == 1


async def test_it_is_not_ready_while_a_worker_hangs(gateway: GatewayProcess) -> None:
    hanging = next(iter(workers_of(gateway)))
    os.kill(hanging, signal.SIGSTOP)
    try:
        status = await gateway.status("/readyz")
    finally:
        os.kill(hanging, signal.SIGCONT)

    assert status == 503


async def test_what_all_workers_know_is_answered_by_one(gateway: GatewayProcess) -> None:
    routes, document = await asked(gateway, "GET", "/routes"), await asked(gateway, "GET", "/openapi.json")

    async with httpx2.AsyncClient(base_url=gateway.admin) as anonymous:
        refused = [await anonymous.get(path) for path in ("/routes", "/sessions", "/nowhere")]
    assert [route["apiId"] for route in routes.json()["list"]] == ["a1"]
    assert "/sessions" in document.json()["paths"]
    assert [answer.status_code for answer in refused] == [401, 401, 404]
    assert refused[0].headers["www-authenticate"].startswith("Bearer")


async def test_only_this_user_can_speak_to_a_worker(gateway: GatewayProcess) -> None:
    environment = Path(f"/proc/{next(iter(workers_of(gateway)))}/environ").read_bytes().split(b"\0")
    socket = next(Path(each.partition(b"=")[2].decode()) for each in environment if b"WORKER_SOCKET" in each)

    assert (socket.stat().st_mode & 0o777, socket.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_it_refuses_to_share_a_port_with_somebody_else(gateway: GatewayProcess, shared_site: Site) -> None:
    with shared_site.gateway("second", WORKERS="2", WS_PORT=str(gateway.ws_port)) as second:
        second.start()

        assert await second.wait_ended() == 2
        assert "cannot listen on 127.0.0.1" in second.log


async def test_workers_that_cannot_start_are_told_in_one_sentence(shared_site: Site) -> None:
    broken = {"WSS_PORT": str(free_ports(1)[0]), "WSS_CERTIFICATE_FILE": "/nowhere", "WSS_KEY_FILE": "/nowhere"}
    with shared_site.gateway("broken", WORKERS="2", **broken) as gateway:
        gateway.start()

        assert await gateway.wait_ended() == 2
        assert "cannot start; what it logged says why" in gateway.log
        assert "Traceback" not in gateway.log


async def test_ctrl_c_drains_all_and_leaves_nothing_behind(shared_site: Site) -> None:
    async with running(shared_site, "interrupted") as gateway, AsyncExitStack() as stack:
        clients = await opened(gateway, stack)

        # As in a terminal: the whole group is told.
        os.killpg(gateway.pid, signal.SIGINT)
        for client in clients:
            await client.wait_closed()

        assert await gateway.wait_ended() == 0
        assert {client.close_code for client in clients} == {1012}
        assert gateway.descendants() == set()


async def test_draining_drains_all_and_workers_whose_parent_is_killed_end_by_themselves(shared_site: Site) -> None:
    async with running(shared_site, "killed") as gateway, AsyncExitStack() as stack:
        clients = await opened(gateway, stack)

        async with httpx2.AsyncClient(base_url=gateway.admin, timeout=20) as local:
            drained = await local.post("/-/drain")
        status = await gateway.status("/readyz")
        os.kill(gateway.pid, signal.SIGKILL)

        assert (drained.json(), status) == ({"state": "drained"}, 503)
        assert {client.close_code for client in clients} == {1012}

        def are_gone() -> None:
            assert gateway.descendants() - {gateway.pid} == set()

        await eventually(are_gone, within=SOON, message="no worker is left")
        assert "the parent of this worker is gone" in gateway.log
