"""The raw-socket probe of the handshake: RFC 6455, HTTP hygiene and OWASP ASVS 4; one test for each of W1 to W14.

W7 and W8 (no token in logs) are in `process/test_secrets_in_logs.py`, W5 in `policies/test_origin.py` as well, W11 in
`dataplane/test_frames.py`.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta

import pytest

from services.gateway.tests.dataplane.backends import ACCEPTANCE, SWITCH, answering
from services.gateway.tests.dataplane.plane import KEY
from services.gateway.tests.security.besieged_gateway import PATH, BesiegedGateway, besieged_gateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPGRADE = ("upgrade",)
CONNECTION = ("connection",)
THE_KEY = ("sec-websocket-key",)
VERSION = ("sec-websocket-version",)
HOST = ("host",)

# What a client may do wrong (or unusually right), and the statuses that are right. 0: closed without an answer.
PROBES: dict[str, tuple[dict[str, object], set[int]]] = {
    "good": ({}, {101}),
    "lower case upgrade": ({"less": UPGRADE, "more": "upgrade: WebSocket\r\n"}, {101}),
    "connection list": ({"less": CONNECTION, "more": "Connection: keep-alive, Upgrade\r\n"}, {101}),
    "connection in two lines": ({"less": CONNECTION, "more": "Connection: a\r\nConnection: upgrade\r\n"}, {101}),
    "post": ({"line": f"POST {PATH} HTTP/1.1"}, {400}),
    "http/1.0": ({"line": f"GET {PATH} HTTP/1.0"}, {400}),
    "http/2.0": ({"line": f"GET {PATH} HTTP/2.0"}, {400}),
    "absolute form": ({"line": f"GET http://localhost{PATH} HTTP/1.1"}, {400}),
    "no upgrade": ({"less": UPGRADE}, {400}),
    "other upgrade": ({"less": UPGRADE, "more": "Upgrade: h2c\r\n"}, {400}),
    "no connection": ({"less": CONNECTION}, {400}),
    "no key": ({"less": THE_KEY}, {400}),
    "short key": ({"less": THE_KEY, "more": "Sec-WebSocket-Key: c2hvcnQ=\r\n"}, {400}),
    "bad key": ({"less": THE_KEY, "more": f"Sec-WebSocket-Key: {'!' * 24}\r\n"}, {400}),
    "duplicate key": ({"more": f"Sec-WebSocket-Key: {KEY}\r\n"}, {400}),
    "no version": ({"less": VERSION}, {400}),
    "version 8": ({"less": VERSION, "more": "Sec-WebSocket-Version: 8\r\n"}, {426}),
    "version 1777": ({"less": VERSION, "more": "Sec-WebSocket-Version: 1777\r\n"}, {426}),
    "duplicate version": ({"more": "Sec-WebSocket-Version: 13\r\n"}, {400}),
    "no host": ({"less": HOST}, {400}),
    "duplicate host": ({"more": "Host: localhost\r\n"}, {400}),
    "bad host": ({"less": HOST, "more": "Host: a/b@c\r\n"}, {400}),
    "content-length and chunked": ({"more": "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"}, {400}),
    "obfuscated chunked": ({"more": "Transfer-Encoding: xchunked\r\n"}, {400}),
    "space before colon": ({"more": "Transfer-Encoding : chunked\r\n"}, {400}),
    "folded": ({"more": "X-A: b\r\n c\r\n"}, {400}),
    "bare lf": ({"more": "X-A: b\nX-C: d\r\n"}, {400}),
    "nul": ({"more": "X-A: b\0c\r\n"}, {400}),
    "cr": ({"more": "X-A: b\rc\r\n"}, {400}),
    "no credential": ({"token": False}, {401}),
    "basic": ({"token": False, "more": "Authorization: Basic YTpi\r\n"}, {401}),
    "bad token": ({"token": False, "more": "Authorization: Bearer a.b.c\r\n"}, {401}),
    "duplicate authorization": ({"more": "Authorization: Bearer a.b.c\r\n"}, {400}),
    "no such api": ({"path": "/nothing/1.0"}, {404}),
    "somebody else's api": ({"path": "/internal/1.0"}, {403}),
}


@pytest.mark.parametrize("name", PROBES)
async def test_probe(gateway: BesiegedGateway, name: str) -> None:
    changes, right = PROBES[name]

    status = await gateway.status(gateway.request(**changes))  # type: ignore[arg-type]  # of several types

    assert status in right
    assert len(gateway.own.heads) == (1 if right == {101} else 0)
    assert gateway.other.heads == []


async def test_probe_has_35_cases() -> None:
    assert len(PROBES) == 35


@pytest.mark.parametrize(
    "first",
    [
        {"less": VERSION, "more": "Sec-WebSocket-Version: 1777\r\n"},
        {"less": THE_KEY, "more": "Sec-WebSocket-Key: c2hvcnQ=\r\n"},
        {"path": "/nothing"},
        {"token": False},
    ],
    ids=["version", "key", "path", "credential"],
)
async def test_w1_what_follows_a_failed_upgrade_is_never_heard(
    gateway: BesiegedGateway, first: dict[str, object]
) -> None:
    second = gateway.request("/chat/1.0/smuggled")

    answer = await gateway.answer(gateway.request(**first) + second)  # type: ignore[arg-type]  # of several types

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.startswith(b"HTTP/1.1 4")
    assert gateway.own.heads == []


@pytest.mark.parametrize("status", [b"426 Upgrade Required", b"400 Bad Request", b"200 OK"])
async def test_w1_w2_backend_that_refuses_is_502_and_nothing_is_tunnelled(status: bytes) -> None:
    refusing = b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\nno"
    async with besieged_gateway(answering(refusing)) as gateway:
        answer = await gateway.answer(gateway.request() + b"GET /internal HTTP/1.1\r\nHost: a\r\n\r\n")

        assert answer.count(b"HTTP/1.1 ") == 1
        assert await gateway.status(gateway.request()) == 502
        assert not any("/internal" in head for head in gateway.own.heads)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: ws://localhost/\r\nContent-Length: 0\r\n\r\n",
        ACCEPTANCE.replace(b"s3p", b"x3p"),
        (SWITCH + "Sec-WebSocket-Protocol: unasked\r\n\r\n").encode(),
        (SWITCH + "Sec-WebSocket-Extensions: unasked\r\n\r\n").encode(),
    ],
    ids=["redirect", "wrong accept", "subprotocol", "extension"],
)
async def test_w2_backend_whose_answer_is_no_acceptance_is_502(answer: bytes) -> None:
    async with besieged_gateway(answering(answer)) as gateway:
        assert await gateway.status(gateway.request()) == 502
        assert len(gateway.own.heads) == 1


async def test_w3_backend_sees_nothing_that_a_client_may_not_say(gateway: BesiegedGateway) -> None:
    forbidden = (
        "Keep-Alive: 5\r\nTE: trailers\r\nProxy-Authorization: Basic YTpi\r\nX-Hop: 1\r\nX-Forwarded-For: 6.6.6.6\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Port: 1\r\nForwarded: for=6.6.6.6\r\n"
        "X-Real-IP: 6.6.6.6\r\nX-JWT-Assertion: forged\r\nX-Application-Name: forged\r\n"
    )
    request = gateway.request(
        less=CONNECTION, more=f"Connection: Upgrade, X-Hop\r\n{forbidden}X-End: kept\r\nCookie: a=b\r\n"
    )

    assert await gateway.status(request) == 101

    head = gateway.own.heads[0].lower()
    for name in ("keep-alive", "te", "proxy-authorization", "x-hop", "x-real-ip", "authorization", "forwarded"):
        assert f"\r\n{name}:" not in head
    assert "6.6.6.6" not in head
    assert "forged" not in head
    assert "evil.test" not in head
    assert "\r\nx-end: kept\r\n" in head
    assert "\r\ncookie: a=b\r\n" in head


@pytest.mark.parametrize(
    "written", ["%0d%0aX-Injected:1", "%0aX-Injected:1", "%00", "\r\nX-Injected: 1", "\nX: 1", "\0"]
)
async def test_w3_no_path_or_query_makes_a_header(gateway: BesiegedGateway, written: str) -> None:
    for path in (f"/chat/1.0/{written}", f"{PATH}?q={written}"):
        status = await gateway.status(gateway.request(path))

        assert status in {400, 101, 0}
        for head in gateway.own.heads:
            assert "\r\nX-Injected" not in head
            assert "\0" not in head


@pytest.mark.parametrize(
    "duplicate",
    ["Host: other", "Authorization: Bearer x", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13",
     "Content-Length: 0\r\nContent-Length: 0", "Origin: a\r\nOrigin: b"],
)  # fmt: skip
async def test_w4_duplicates_are_400(gateway: BesiegedGateway, duplicate: str) -> None:
    assert await gateway.status(gateway.request(more=f"{duplicate}\r\n")) == 400
    assert gateway.own.heads == []


async def test_w5_foreign_pages_are_403_and_cookies_are_no_credential() -> None:
    async with besieged_gateway(origins=("https://good.test",)) as gateway:
        for origin in (
            "null",
            "https://good.test.evil.test",
            "https://GOOD.test",
            "https://good.test.",
            "https://good.test:8",
        ):
            assert await gateway.status(gateway.request(more=f"Origin: {origin}\r\n")) == 403
        assert await gateway.status(gateway.request(more="Origin: https://good.test\r\n")) == 101
        assert await gateway.status(gateway.request()) == 101
        cookie = (
            f"Origin: https://good.test\r\nCookie: token={gateway.good_token}; Authorization={gateway.good_token}\r\n"
        )
        assert await gateway.status(gateway.request(token=False, more=cookie)) == 401


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 16_000 + b" HTTP/1.1\r\n", 414),
        (b"GET /?" + b"a" * 16_000, 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 300, 431),
    ],
    ids=["uri", "query without end", "header without end", "many headers"],
)
async def test_w6_limits_are_told_at_once(gateway: BesiegedGateway, request_bytes: bytes, status: int) -> None:
    started = time.monotonic()

    answer = await gateway.answer(request_bytes, within=timedelta(seconds=0.5))  # Ten times the bar.

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("place", ["header", "query", "subprotocol"])
async def test_w7_w8_token_goes_neither_to_the_backend_nor_back(gateway: BesiegedGateway, place: str) -> None:
    token = gateway.good_token
    more = f"Sec-WebSocket-Protocol: chat, sluice.bearer, sluice.bearer.{token}\r\n" if place == "subprotocol" else ""
    path = f"{PATH}?a=1&access_token={token}" if place == "query" else PATH

    answer = await gateway.answer(gateway.request(path, token=place == "header", more=more))

    assert answer.startswith(b"HTTP/1.1 101 ")
    assert token not in gateway.own.heads[0]
    assert token.encode() not in answer
    assert "access_token" not in gateway.own.heads[0]


async def test_w7_refusal_does_not_repeat_the_token(gateway: BesiegedGateway) -> None:
    answer = await gateway.answer(gateway.request("/chat/1.0/x?access_token=a.SECRET.b", token=False))

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"SECRET" not in answer


SAME_OR_NOTHING = [
    "/chat/1.0/%2e%2e/%2e%2e/internal/1.0/x", "/chat/1.0/../../internal/1.0", "/chat/1.0/..%2f..%2finternal/1.0",
    "/chat/1.0%2f..%2f..%2finternal%2f1.0", "//internal/1.0", "/%2finternal/1.0", "/chat/..;/internal/1.0",
    "/chat/1.0/..;/..;/internal/1.0", "/chat;/1.0/x", "/Internal/1.0", "/INTERNAL/1.0", "/chat/1.0\\..\\..\\internal",
    "/chat/1.0/%5c..%5cinternal", "/chat/1.0/%c0%ae%c0%ae/internal/1.0", "/chat/1.0/%c0%af../internal",
    "/./internal/1.0",
    "/%69nternal/1.0", "/internal/1.0?x=/chat/1.0", "/internal/1.0/chat/1.0", "/chat/1.0/%252e%252e/internal",
    "/internal%20/1.0", "/internal/1.0/", "/internal/1.0.0//x", "/internal//1.0",
]  # fmt: skip


async def test_w10_no_spelling_of_a_path_reaches_another_apis_backend(gateway: BesiegedGateway) -> None:
    statuses = await asyncio.gather(*(gateway.status(gateway.request(path)) for path in SAME_OR_NOTHING))

    told = dict(zip(SAME_OR_NOTHING, statuses, strict=True))
    assert set(statuses) <= {101, 400, 403, 404}, told
    assert gateway.other.heads == [], told
    assert statuses.count(101) == len(gateway.own.heads)


@pytest.mark.parametrize(
    "path", ["/ch%61t/1.0/rooms/5", "//chat//1%2e0/rooms/5", "/chat/1.0.0/rooms/5", "/chat/1/rooms/5"]
)
async def test_w10_other_spellings_of_the_same_path_are_the_same_api(gateway: BesiegedGateway, path: str) -> None:
    assert await gateway.status(gateway.request(path)) == 101
    assert gateway.own.heads[0].startswith("GET /rooms/5 HTTP/1.1\r\n")


async def test_w12_refusals_are_problems_without_internals() -> None:
    async with besieged_gateway(
        answering(b"HTTP/1.1 500 Oops\r\nX-Trace: Traceback\r\nContent-Length: 0\r\n\r\n")
    ) as gateway:
        answer = await gateway.answer(gateway.request())

        head, _, body = answer.partition(b"\r\n\r\n")
        problem = json.loads(body)
        assert problem["status"] == 502
        assert problem["backendStatus"] == 500
        for internal in (b"Traceback", b"127.0.0.1", str(gateway.own.url).encode(), b".py", b"Server:"):
            assert internal not in head + body


@pytest.mark.parametrize("body", [b"x", b"\x81\x80abcd", b"\r\n"])
async def test_w14_bytes_behind_the_head_are_400(gateway: BesiegedGateway, body: bytes) -> None:
    assert await gateway.status(gateway.request() + body) == 400


async def test_w14_other_version_is_told_which_one_is_spoken(gateway: BesiegedGateway) -> None:
    answer = await gateway.answer(gateway.request(less=VERSION, more="Sec-WebSocket-Version: 14\r\n"))

    assert answer.startswith(b"HTTP/1.1 426 ")
    assert b"\r\nSec-WebSocket-Version: 13\r\n" in answer


@pytest.mark.parametrize("hello", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x16", b"SSH-2.0-x\r\n", b"\0"])
async def test_client_of_another_protocol_is_not_kept_waiting(gateway: BesiegedGateway, hello: bytes) -> None:
    assert await gateway.status(hello, within=timedelta(seconds=1)) in {0, 400}


async def test_head_that_does_not_end_is_408() -> None:
    async with besieged_gateway() as gateway:
        assert await gateway.status(b"GET / HTTP/1.1\r\nHost: a", within=timedelta(seconds=7)) == 408
