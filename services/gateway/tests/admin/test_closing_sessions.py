"""An operator ends sessions of this gateway: those that were named, and with a line in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from backing.eventually import eventually
from services.gateway.tests.admin.admin_port import ADMIN, Admin, open_admin, open_session
from services.gateway.tests.policies.world import SOON, everything


@pytest.fixture
async def admin() -> AsyncIterator[Admin]:
    async with open_admin(*everything()) as opened:
        yield opened


async def left_open(admin: Admin) -> list[str]:
    """The sessions that are left when all closing is done."""

    def is_done() -> bool:
        return not admin.gateway.rules.reviewer.is_busy

    await eventually(is_done, within=SOON, message="the chosen sessions are closed")
    return [each.session_id for each in admin.gateway.doors.reception.registry if not each.is_closing]


@pytest.mark.parametrize("path", ["/sessions?user=sue", "/sessions/one"])
@pytest.mark.parametrize(
    ("headers", "status"), [({}, 401), ({"Authorization": "Bearer apim:api_view"}, 403)], ids=["nobody", "no admin"]
)
async def test_only_an_admin_closes_sessions(admin: Admin, path: str, headers: dict[str, str], status: int) -> None:
    await open_session(admin, "one")

    answer = await admin.http.delete(path, headers=headers)

    assert answer.status_code == status
    assert await left_open(admin) == ["one"]


async def test_one_session_is_closed_with_1008(admin: Admin) -> None:
    client, _ = await open_session(admin, "one")
    await open_session(admin, "two")

    answer = await admin.http.delete("/sessions/one", headers=ADMIN)

    assert answer.status_code == 204
    assert await left_open(admin) == ["two"]
    assert client.recv(100)[2:4] == (1008).to_bytes(2, "big")


async def test_session_that_is_not_open_here_is_404(admin: Admin) -> None:
    answer = await admin.http.delete("/sessions/one", headers=ADMIN)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("user=carl", ["one", "three"]),
        ("apiId=a1&applicationId=app1", ["two", "three"]),
        ("plan=Silver", ["one", "two"]),
        ("address=192.0.2.1&keyType=SANDBOX", ["one", "two"]),
        ("address=::ffff:192.0.2.1&channel=/open", []),
        ("sessionId=one", ["two", "three"]),
        ("sessionId=one&user=carl", ["one", "two", "three"]),
        ("address=198.51.100.1", ["one", "two", "three"]),
    ],
)
async def test_selection_is_what_fits_all_filters(admin: Admin, query: str, left: list[str]) -> None:
    await open_session(admin, "one")
    await open_session(admin, "two", user="carl", application_id="app2")
    await open_session(admin, "three", plan="Silver", key_type="SANDBOX", application_id="app2")

    answer = await admin.http.delete(f"/sessions?{query}", headers=ADMIN)

    assert answer.json() == {"count": 3 - len(left)}
    assert await left_open(admin) == left


async def test_selection_must_name_something(admin: Admin) -> None:
    await open_session(admin, "one")

    answer = await admin.http.delete("/sessions", headers=ADMIN)

    assert answer.status_code == 400
    assert await left_open(admin) == ["one"]


async def test_log_says_who_closed_what_from_where_and_how_many(admin: Admin) -> None:
    await open_session(admin, "one")
    await open_session(admin, "two")

    with capture_logs() as lines:
        await admin.http.delete("/sessions?user=sue", headers=ADMIN)

    line = next(line for line in lines if line["event"] == "an operator closes sessions")
    assert line["operator"] == "root"
    assert line["from_address"] == "127.0.0.1"
    assert line["selector"] == {"user": "sue"}
    assert line["sessions"] == 2


async def test_sessions_are_listed_by_every_filter(admin: Admin) -> None:
    await open_session(admin, "one")
    await open_session(admin, "two", user="carl", plan="Silver", key_type="SANDBOX")

    for query in ("user=carl", "plan=Silver", "keyType=SANDBOX", "sessionId=two"):
        body = (await admin.http.get(f"/sessions?{query}", headers=ADMIN)).json()
        assert [session["sessionId"] for session in body["list"]] == ["two"], query
