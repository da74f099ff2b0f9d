"""The admin port: for admins only, but for health and metrics, which say what is wrong."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest

from backing.eventually import eventually
from contracts import Fact
from gateway.app import create_app
from gateway.bootstrap import Gateway, bootstrap
from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.session import UNLIMITED, Session, SessionLabels
from gateway.settings import Settings
from services.gateway.tests.policies.world import SOON, api, deployment, everything, new_bus, tell_bus
from tokens import InvalidToken, Principal

ADMIN = {"Authorization": "Bearer apim:admin"}


class FakeVerifier:
    """Believes tokens that are the name of their only scope."""

    def verify(self, token: str) -> Principal:
        """As `TokenVerifier.verify`."""
        if not token.startswith("apim:"):
            raise InvalidToken("it is no scope")
        return Principal(
            subject="root",
            client_id="c1",
            issuer="fake",
            audience=("sluice-rest",),
            token_id="t1",
            issued_at=1,
            expires_at=2,
            scopes=frozenset({token}),
        )


@dataclass(frozen=True, slots=True)
class Admin:
    """A gateway without listeners, and its admin application."""

    gateway: Gateway
    http: httpx2.AsyncClient
    far_ends: list[socket.socket] = field(default_factory=list)

    async def close_sessions(self) -> None:
        """The clients and backends go away, and the sessions with them."""
        for far in self.far_ends:
            far.close()
        async with asyncio.timeout(SOON.total_seconds()):
            await self.gateway.reception.registry.wait_empty()


@asynccontextmanager
async def open_admin(*facts: Fact) -> AsyncIterator[Admin]:
    bus = await new_bus()
    await tell_bus(bus, *facts)
    gateway = bootstrap(Settings(ws_port=0, wss_port=0), bus=bus)
    app = create_app(gateway)
    app.state.verifier = FakeVerifier()
    running = asyncio.create_task(gateway.feed.run())
    try:
        await eventually(gateway.feed.follower.caught_up.is_set, within=SOON, message="the feed is caught up")
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://gateway.test") as http:
            admin = Admin(gateway, http)
            yield admin
            await admin.close_sessions()
    finally:
        running.cancel()
        await asyncio.wait([running])


@pytest.fixture
async def admin() -> AsyncIterator[Admin]:
    async with open_admin(*everything()) as opened:
        yield opened


async def open_session(admin: Admin, session_id: str, **labels: str) -> None:
    """A session between two sockets that nobody writes to."""
    loop, registry = asyncio.get_running_loop(), admin.gateway.reception.registry
    ends = [socket.socketpair() for _ in range(2)]
    transports = [(await loop.create_connection(asyncio.Protocol, sock=near))[0] for near, _ in ends]
    session = Session(
        session_id,
        labels=SessionLabels(**{"api_id": "a1", "application_id": "app1", "user": "sue", "channel": "/open"} | labels),
        opened_at=1_767_355_200.0,
        client_address="192.0.2.1",
        expires_at=None,
        on_closed=registry.remove,
    )
    registry.add(session)
    session.start(*transports, first_frames=b"", rsv_allowed=0, limits=UNLIMITED, timeouts=CloseTimeouts())
    admin.far_ends.extend(far for _, far in ends)


@pytest.mark.parametrize("path", ["/routes", "/sessions"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": "Basic YTpi"}, 401),
        ({"Authorization": "Bearer apim:subscribe"}, 403),
        ({"Authorization": "Bearer apim:admin "}, 200),
        (ADMIN, 200),
    ],
)
async def test_only_an_admin_sees_routes_and_sessions(
    admin: Admin, path: str, headers: dict[str, str], status: int
) -> None:
    assert (await admin.http.get(path, headers=headers)).status_code == status


async def test_routes_are_those_of_the_own_environment() -> None:
    other = api(id="a0", context="/alpha")
    facts = everything(api(), other, deployment(), deployment(api_id="a0"), deployment(api_id="a3", environment="Else"))

    async with open_admin(*facts) as admin:
        body = (await admin.http.get("/routes", headers=ADMIN)).json()

    assert [route["apiId"] for route in body["list"]] == ["a0", "a1"]
    assert body["pagination"]["total"] == 2
    assert body["list"][1] == {
        "apiId": "a1",
        "name": "Chat",
        "context": "/chat",
        "version": "1.0",
        "state": "PUBLISHED",
        "vhost": "localhost",
        "revisionId": "r1",
    }


async def test_sessions_are_listed_oldest_first_and_filtered(admin: Admin) -> None:
    await open_session(admin, "one")
    await open_session(admin, "two", application_id="app2")

    everything_open = (await admin.http.get("/sessions", headers=ADMIN)).json()
    filtered = (await admin.http.get("/sessions?applicationId=app2&apiId=a1", headers=ADMIN)).json()
    none = (await admin.http.get("/sessions?apiId=a2", headers=ADMIN)).json()

    assert [session["sessionId"] for session in everything_open["list"]] == ["one", "two"]
    assert everything_open["list"][0]["openedAt"] == "2026-01-02T12:00:00Z"
    assert [session["sessionId"] for session in filtered["list"]] == ["two"]
    assert none["list"] == []


async def test_links_of_a_filtered_list_keep_the_filter(admin: Admin) -> None:
    for name in ("one", "two"):
        await open_session(admin, name)

    body = (await admin.http.get("/sessions?apiId=a1&limit=1", headers=ADMIN)).json()
    following = (await admin.http.get(body["pagination"]["next"], headers=ADMIN)).json()

    assert [session["sessionId"] for session in following["list"]] == ["two"]


async def test_malformed_query_is_400(admin: Admin) -> None:
    answer = await admin.http.get("/routes?limit=0", headers=ADMIN)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "query/limit"


async def test_ready_gateway_says_so(admin: Admin) -> None:
    answer = await admin.http.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"] == {"feed": "ok", "drain": "ok"}


async def test_gateway_without_its_facts_is_alive_but_not_ready_and_says_why() -> None:
    async with open_admin(api()) as admin:
        ready, alive = await admin.http.get("/readyz"), await admin.http.get("/livez")

    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json()["checks"]["feed"] == "no signing key of a trusted issuer is known yet"


async def test_gateway_that_is_about_to_stop_is_not_ready(admin: Admin) -> None:
    admin.gateway.admission.is_stopping = True

    answer = await admin.http.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["drain"] == "the gateway is about to stop"


async def test_metrics_have_their_names(admin: Admin) -> None:
    text = (await admin.http.get("/metrics")).text

    for name in (
        "sluice_build_info",
        "sluice_gateway_connections_total",
        "sluice_gateway_connections_closed_total",
        "sluice_gateway_connect_duration_seconds",
        "sluice_gateway_messages_total",
        "sluice_gateway_message_bytes_total",
        "sluice_gateway_connections_active",
        "sluice_gateway_state_caught_up",
    ):
        assert f"# TYPE {name} " in text, name
    assert 'sluice_build_info{service="gateway"' in text
    assert "sluice_gateway_state_caught_up 1.0" in text


async def test_open_sessions_are_counted_by_api_and_never_by_user(admin: Admin) -> None:
    await open_session(admin, "one")

    text = (await admin.http.get("/metrics")).text

    assert 'sluice_gateway_connections_active{api="Chat",api_version="1.0"} 1.0' in text
    assert "sue" not in text
    assert "app1" not in text


async def test_document_describes_the_operations(admin: Admin) -> None:
    paths = (await admin.http.get("/openapi.json")).json()["paths"]

    assert set(paths) == {"/routes", "/sessions"}
