"""The admin port: for admins only, but for health and metrics, which say what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.gateway.tests.admin.admin_port import ADMIN, Admin, open_admin, open_session
from services.gateway.tests.policies.world import api, deployment, everything


@pytest.fixture
async def admin() -> AsyncIterator[Admin]:
    async with open_admin(*everything()) as opened:
        yield opened


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
    assert answer.json()["checks"] == {"feed": "ok", "quotas": "ok", "drain": "ok"}


async def test_gateway_without_its_facts_is_alive_but_not_ready_and_says_why() -> None:
    async with open_admin(api()) as admin:
        ready, alive = await admin.http.get("/readyz"), await admin.http.get("/livez")

    assert (ready.status_code, alive.status_code) == (503, 200)
    assert ready.json()["checks"]["feed"] == "no signing key of a trusted issuer is known yet"


async def test_drained_gateway_says_so_and_is_not_ready(admin: Admin) -> None:
    before = await admin.http.get("/-/drain", headers=ADMIN)

    drained = await admin.http.post("/-/drain", headers=ADMIN)

    ready = await admin.http.get("/readyz")
    assert (before.json(), drained.json()) == ({"state": "serving"}, {"state": "drained"})
    assert ready.status_code == 503
    assert ready.json()["checks"]["drain"] == "the gateway is about to stop"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"Origin": "https://evil.test"}, 403),
        ("192.0.2.1", {}, 401),
        ("192.0.2.1", {"Authorization": "Bearer apim:subscribe"}, 403),
        ("192.0.2.1", ADMIN, 200),
    ],
)
async def test_draining_is_for_admins_and_for_programs_of_this_machine(
    admin: Admin, address: str, headers: dict[str, str], status: int
) -> None:
    async with admin.http_from(address) as http:
        answer = await http.post("/-/drain", headers=headers)

    assert answer.status_code == status
    assert admin.gateway.doors.drain.state == ("drained" if status == 200 else "serving")


async def test_document_describes_the_operations(admin: Admin) -> None:
    paths = (await admin.http.get("/openapi.json")).json()["paths"]

    assert set(paths) == {"/routes", "/sessions", "/sessions/{sessionId}", "/-/drain"}
