"""What the access log says, and how much."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

from websockets.frames import Frame, Opcode

from backing.eventually import eventually
from gateway.access_log.line import Values, line_format
from gateway.access_log.rate_limit import RateLimit
from gateway.handshake import refusals
from gateway.handshake.admission import HandshakeObserver
from gateway.session.close_codes import CloseCode
from gateway.session.session import SessionLabels
from gateway.settings import Settings
from services.gateway.tests.admin.admin_port import Admin, open_admin, open_session
from services.gateway.tests.policies.world import SOON, attempt, everything

WHOSE = {
    "api": "Chat",
    "api_version": "1.0",
    "api_id": "a1",
    "channel": "/open",
    "application": "app1",
    "user": "sue",
    "plan": "Gold",
    "address": "192.0.2.1",
}


@asynccontextmanager
async def logging_gateway(stream: StringIO, **settings: Any) -> AsyncIterator[Admin]:
    """A gateway whose access log goes to the stream."""
    async with open_admin(
        *everything(), settings=Settings(ws_port=0, wss_port=0, **settings), log_stream=stream
    ) as admin:
        tasks = [asyncio.ensure_future(run()) for run in admin.gateway.accounts.access_log.tasks(admin.registry)]
        try:
            yield admin
            await admin.close_sessions()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def said(stream: StringIO, event: str) -> dict[str, Any]:
    """The last line about such an event, when it is there."""

    def is_there() -> dict[str, Any]:
        lines: list[dict[str, Any]] = [json.loads(line) for line in stream.getvalue().splitlines()]
        found = [line for line in lines if line["event"] == event]
        assert found
        return found[-1]

    return await eventually(is_there, within=SOON, message=f"the log says {event}")


def refuser(admin: Admin) -> HandshakeObserver:
    return admin.gateway.accounts.access_log.observers[0]


async def test_a_line_says_who_opened_a_session() -> None:
    stream = StringIO()
    async with logging_gateway(stream) as admin:
        await open_session(admin, "one", plan="Gold")

        line = await said(stream, "session opened")

    assert line | WHOSE | {"session": "one", "service": "gateway", "logger": "access", "level": "info"} == line


async def test_a_line_says_what_a_session_carried_and_how_it_ended() -> None:
    stream = StringIO()
    async with logging_gateway(stream) as admin:
        client, _ = await open_session(admin, "one", plan="Gold")
        client.send(Frame(Opcode.BINARY, b"12345").serialize(mask=True))
        client.shutdown(socket.SHUT_WR)

        line = await said(stream, "session closed")

    ended = {"messages_in": 1, "bytes_in": 5, "messages_out": 0, "bytes_out": 0}
    assert line | WHOSE | ended | {"close_code": 1006, "initiator": "client"} == line
    assert line["seconds"] > 0


async def test_open_sessions_are_reported_now_and_then() -> None:
    stream = StringIO()
    async with logging_gateway(stream, access_log_every=timedelta(seconds=0.05)) as admin:
        await open_session(admin, "one")

        line = await said(stream, "session open")

    assert (line["session"], line["messages_in"]) == ("one", 0)


async def test_a_refused_handshake_is_logged_with_its_path_but_not_its_query() -> None:
    stream = StringIO()
    async with logging_gateway(stream) as admin:
        asked = attempt(query="access_token=abc&room=5")
        asked.labels = SessionLabels(api_id="a1", channel="/open", application_id="app1", user="sue", plan="Gold")

        refuser(admin).refused(refusals.NO_SUBSCRIPTION, asked, peer_address="192.0.2.1")

        line = await said(stream, "handshake refused")
    refused = {"status": 403, "code": 900908, "refusal": refusals.NO_SUBSCRIPTION.name}
    assert line | WHOSE | refused | {"path": "/chat/1.0/rooms/5", "host": "localhost:9099"} == line
    assert "abc" not in stream.getvalue()


async def test_a_flood_of_refusals_does_not_fill_the_log() -> None:
    stream = StringIO()
    async with logging_gateway(stream) as admin:
        for _ in range(500):
            refuser(admin).refused(refusals.MALFORMED_REQUEST, None, peer_address="192.0.2.1")
            refuser(admin).refused(refusals.NO_API, attempt(), peer_address="192.0.2.1")
        await said(stream, "handshake refused")

    assert 100 < len(stream.getvalue().splitlines()) < 150


async def test_it_can_be_turned_off() -> None:
    stream = StringIO()
    async with logging_gateway(stream, access_log="off") as admin:
        await open_session(admin, "one")
        await admin.close_sessions()

    assert stream.getvalue() == ""


def test_how_many_were_left_out_is_told() -> None:
    now = 0.0
    clock: Callable[[], float] = lambda: now  # noqa: E731 (a clock that the test turns)
    limit = RateLimit(per_second=1, burst=2, clock=clock)
    taken = [limit.take() for _ in range(5)]

    now = 1.0

    assert (taken, limit.take()) == ([0, 0, None, None, None], 3)


def test_what_a_peer_sent_cannot_begin_a_line() -> None:
    form = line_format("console")

    line = form.line("handshake refused", 0.25, form.values({"path": '/a\nb\r"', "user": ""}))

    assert line == '1970-01-01T00:00:00.250Z [info     ] handshake refused  path="/a\\nb\\r\\""'


def test_values_are_written_as_json() -> None:
    values: Values = {
        "address": "::1%ü",
        "path": '/a"\\\n\x00\x7f\u2028\U0001f600\ud800',
        "api": "",
        "close_code": CloseCode.POLICY_VIOLATION,
        "initiator": None,
        "seconds": 0.125,
        "many": 1e22,
    }

    assert "{" + line_format("json").values(values) + "}" == json.dumps(values)


def test_no_values_are_no_part() -> None:
    assert line_format("json").values({}) == ""
