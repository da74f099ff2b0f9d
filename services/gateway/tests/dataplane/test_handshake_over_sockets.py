"""Handshakes as clients see them: refusals, backends that fail, and what reaches the backend."""

import asyncio
import json
from datetime import timedelta

import pytest
import websockets
from websockets.asyncio.client import connect

from backing.eventually import eventually
from gateway.handshake import refusals
from gateway.handshake.admission import Decision

from .backends import ACCEPTANCE, SWITCH, Conduct, answering, echo_backend, hang_up, raw_backend, reset, silent
from .plane import SOON, Plane, upgrade_request


def status_of(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def _is_true(condition: bool) -> None:
    assert condition


@pytest.mark.parametrize("is_tls", [False, True])
async def test_health_is_ok_on_both_listeners(plane: Plane, is_tls: bool) -> None:
    client = await plane.connect(is_tls=is_tls)

    client.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
    response = await client.read_all()

    assert response.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")
    await client.close()


BAD_REQUESTS = {
    "garbage": (b"\x16\x03\x01\x00\xf8", 400),
    "64 kB request line": (b"GET /" + b"a" * 65536, 414),
    "big header": (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000, 431),
    "second authorization": (upgrade_request(headers="Authorization: Bearer u\r\n"), 400),
    "pipelined": (upgrade_request() + b"GET /internal HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "version": (upgrade_request().replace(b"Version: 13", b"Version: 1777") + b"GET /internal HTTP/1.1\r\n\r\n", 400),
    "no credential": (upgrade_request(token=None), 401),
    "basic": (upgrade_request(token=None, headers="Authorization: Basic YTpi\r\n"), 401),
    "api key": (upgrade_request(token=None, headers="apikey: k\r\n"), 401),
    "two credentials": (upgrade_request("/echo?access_token=t"), 400),
    "no api": (upgrade_request("/other"), 404),
    "dot segments": (upgrade_request("/echo/../other"), 400),
    "trickle": (b"GET / HTTP/1.1\r\nHo", 408),
    "nothing": (b"", 408),
}


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize(("request_bytes", "status"), BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
async def test_refusal_can_be_read_and_ends_the_connection(
    plane: Plane, request_bytes: bytes, status: int, is_tls: bool
) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await plane.connect(is_tls=is_tls)

        client.send(request_bytes)
        response = await client.read_all()

        assert status_of(response) == status
        assert response.count(b"HTTP/1.1 ") == 1
        assert json.loads(response.partition(b"\r\n\r\n")[2])["status"] == status
        assert backend.heads == []
        await client.close()


async def test_refused_client_that_goes_on_sending_is_not_heard(plane: Plane) -> None:
    client = await plane.connect()
    client.send(upgrade_request("/other"))
    await client.read_head()

    for _ in range(20):
        client.send(upgrade_request("/echo") + bytes(10_000))

    assert plane.witness.refused_names == ["no-api"]
    assert len(plane.admission.attempts) == 1
    await client.close()


async def test_answer_survives_a_client_that_sends_too_much(plane: Plane) -> None:
    client = await plane.connect()

    client.send(b"GET /" + b"a" * 500_000)
    response = await client.read_all()

    assert status_of(response) == 414
    await client.close()


async def test_connection_over_the_cap_is_told_so(plane: Plane) -> None:
    plane.reception.max_connections = 1
    first = await plane.connect()
    await eventually(lambda: _is_true(len(plane.reception.pending) == 1), within=SOON, message="not accepted")

    second = await plane.connect()
    response = await second.read_all()

    assert status_of(response) == 503
    assert b"Retry-After" in response
    await first.close()
    await second.close()


BACKENDS: dict[str, tuple[Conduct, int, str]] = {
    "403": (answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), 502, "backend-refused"),
    "200": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), 502, "backend-refused"),
    "redirect": (answering(b"HTTP/1.1 302 Found\r\nLocation: ws://x/\r\n\r\n"), 502, "backend-refused"),
    "wrong accept": (answering(ACCEPTANCE.replace(b"s3p", b"x3p")), 502, "invalid-backend-answer"),
    "unasked subprotocol": (
        answering((SWITCH + "Sec-WebSocket-Protocol: x\r\n\r\n").encode()), 502, "invalid-backend-answer",
    ),
    "not http": (answering(b"220 smtp ready\r\n"), 502, "invalid-backend-answer"),
    "silent": (silent, 504, "backend-timed-out"),
    "half an answer": (answering(ACCEPTANCE[:30]), 504, "backend-timed-out"),
    "hang up": (hang_up, 502, "invalid-backend-answer"),
    "reset": (reset, 502, "backend-unreachable"),
}  # fmt: skip


@pytest.mark.parametrize(("conduct", "status", "name"), BACKENDS.values(), ids=BACKENDS.keys())
async def test_backend_that_does_not_accept_is_an_honest_refusal(
    plane: Plane, conduct: Conduct, status: int, name: str
) -> None:
    async with raw_backend(conduct) as backend:
        plane.admission.url = backend.url
        client = await plane.connect()

        client.send(upgrade_request())
        response = await client.read_all()

        assert status_of(response) == status
        assert plane.witness.refused_names == [name]
        assert len(plane.admission.released) == 1
        await eventually(lambda: _is_true(backend.open_count == 0), within=SOON, message="backend socket leaked")
        await client.close()


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/", "ws://nowhere.invalid/", "wss://127.0.0.1:1/"])
async def test_backend_that_is_down_is_502(plane: Plane, url: str) -> None:
    plane.admission.url = url
    client = await plane.connect()

    client.send(upgrade_request())

    assert status_of(await client.read_all()) == 502
    await client.close()


async def test_tls_backend_is_verified_by_name(plane: Plane) -> None:
    tls = plane.wss._tls
    async with echo_backend(tls=tls) as url:
        plane.admission.url = url
        good = await plane.open_session()
        good.reset()
        plane.admission.url = url.replace("localhost", "127.0.0.1")
        bad = await plane.connect()
        bad.send(upgrade_request())

        assert status_of(await bad.read_all()) == 502
        await bad.close()
        await plane.everything_ends()


async def test_client_gets_no_101_before_the_backend_gave_one(plane: Plane) -> None:
    may_answer = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await may_answer.wait()
        writer.write(ACCEPTANCE)
        await reader.read()

    async with raw_backend(slow) as backend:
        plane.admission.url = backend.url
        client = await plane.connect()
        client.send(upgrade_request())
        await eventually(lambda: _is_true(len(backend.heads) == 1), within=SOON, message="not dialled")

        assert plane.witness.accepted_count == 0
        may_answer.set()

        assert (await client.read_head()).startswith("HTTP/1.1 101 ")
        client.reset()


async def test_client_that_goes_away_cancels_the_dial(plane: Plane) -> None:
    async with raw_backend(silent) as backend:
        plane.admission.url = backend.url
        client = await plane.connect()
        client.send(upgrade_request())
        await eventually(lambda: _is_true(backend.open_count == 1), within=SOON, message="not dialled")

        await client.close()

        await eventually(lambda: _is_true(backend.open_count == 0), within=timedelta(seconds=0.3), message="leaked")
        assert plane.witness.refused_names == []
        assert len(plane.admission.released) == 1


async def test_bytes_before_the_101_are_refused(plane: Plane) -> None:
    async with raw_backend(silent) as backend:
        plane.admission.url = backend.url
        client = await plane.connect()
        client.send(upgrade_request())
        await eventually(lambda: _is_true(backend.open_count == 1), within=SOON, message="not dialled")

        client.send(b"\x81\x80abcd")

        assert status_of(await client.read_all()) == 400
        await eventually(lambda: _is_true(backend.open_count == 0), within=SOON, message="leaked")
        await client.close()


async def test_decision_that_waits_is_awaited(plane: Plane) -> None:
    fact = asyncio.Event()

    async def decide() -> Decision:
        await fact.wait()
        return refusals.NO_SUBSCRIPTION

    plane.admission.answer = lambda _: decide()
    client = await plane.connect()
    client.send(upgrade_request())
    await eventually(lambda: _is_true(len(plane.admission.attempts) == 1), within=SOON, message="not asked")

    fact.set()

    assert status_of(await client.read_all()) == 403
    await client.close()


async def test_waiting_decision_is_cancelled_when_the_client_goes(plane: Plane) -> None:
    cancelled = asyncio.Event()

    async def decide() -> Decision:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return refusals.NO_SUBSCRIPTION

    plane.admission.answer = lambda _: decide()
    client = await plane.connect()
    client.send(upgrade_request())
    await eventually(lambda: _is_true(len(plane.admission.attempts) == 1), within=SOON, message="not asked")

    client.reset()

    async with asyncio.timeout(SOON.total_seconds()):
        await cancelled.wait()


async def test_decision_is_confirmed_after_the_dial(plane: Plane) -> None:
    plane.admission.confirmation = refusals.INACTIVE_TOKEN
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await plane.connect()

        client.send(upgrade_request())

        assert status_of(await client.read_all()) == 401
        assert len(plane.admission.released) == 1
        await eventually(lambda: _is_true(backend.open_count == 0), within=SOON, message="leaked")
        await client.close()


async def test_backend_sees_the_request_without_credentials(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url + "base?k=v"
        client = await plane.connect()
        offer = "Sec-WebSocket-Protocol: chat, sluice.bearer, sluice.bearer.SECRET\r\n"
        headers = offer + "X-Forwarded-For: 6.6.6.6\r\nCookie: a=b\r\n"
        client.send(upgrade_request("/echo/sub/x?q=1", token=None, headers=headers))

        answer = await client.read_head()

        seen = backend.heads[0]
        assert seen.startswith("GET /base/sub/x?k=v&q=1 HTTP/1.1\r\n")
        assert "\r\nSec-WebSocket-Protocol: chat\r\n" in seen
        assert "\r\nX-Forwarded-For: 127.0.0.1\r\n" in seen
        assert "\r\nCookie: a=b\r\n" in seen
        assert "SECRET" not in seen + answer
        assert answer.count("Sec-WebSocket-Protocol: sluice.bearer\r\n") == 1
        client.reset()


@pytest.mark.parametrize("subprotocols", [["chat"], ["chat", "sluice.bearer", "sluice.bearer.t"]])
async def test_subprotocol_of_the_backend_wins(plane: Plane, subprotocols: list[str]) -> None:
    async with echo_backend(subprotocols=["chat"]) as url:
        plane.admission.url = url
        token = {} if len(subprotocols) > 1 else {"Authorization": "Bearer t"}

        async with connect(
            f"ws://127.0.0.1:{plane.ws_port}/echo",
            subprotocols=[websockets.Subprotocol(each) for each in subprotocols],
            additional_headers=token,
        ) as client:
            assert client.subprotocol == "chat"


async def test_listener_that_stopped_keeps_its_sessions(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        async with connect(f"ws://127.0.0.1:{plane.ws_port}/echo?access_token=t") as client:
            port = plane.ws_port
            plane.ws.stop_accepting()

            with pytest.raises(OSError, match="Connect"):
                await asyncio.open_connection("127.0.0.1", port)
            await client.send("still here")
            assert await client.recv() == "still here"
