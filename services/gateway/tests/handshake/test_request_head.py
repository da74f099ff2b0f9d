"""The request head and the upgrade check, without a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.handshake.refusal import Refusal
from gateway.handshake.request_head import RequestHead, RequestHeadParser
from gateway.handshake.upgrade import check_upgrade, is_health_check
from gateway.http1.header_field import HeaderField

GOOD_LINES = [
    b"GET /echo/1.0.0/a?b=c HTTP/1.1",
    b"Host: localhost:9099",
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version: 13",
]


def request(**changes: bytes | None) -> bytes:
    """The good request, with lines replaced by the lower-case header name (dashes as underscores), or left out."""
    lines = [changes.pop("line", GOOD_LINES[0])]
    for line in GOOD_LINES[1:]:
        name = line.partition(b":")[0].decode().lower().replace("-", "_")
        lines.append(changes.pop(name, line))
    lines += changes.values()
    return b"\r\n".join(line for line in lines if line is not None) + b"\r\n\r\n"


def read(head: bytes) -> RequestHead | Refusal | None:
    found = RequestHeadParser().feed(head)
    if isinstance(found, RequestHead):
        return check_upgrade(found) or found
    return found


def test_good_upgrade_is_read() -> None:
    head = read(request())

    assert isinstance(head, RequestHead)
    assert (head.method, head.path, head.query, head.host) == ("GET", "/echo/1.0.0/a", "b=c", "localhost:9099")
    assert head.headers[2] == HeaderField("connection", "Connection", "Upgrade")


@given(st.lists(st.integers(1, 60)))
def test_chunks_do_not_matter(sizes: list[int]) -> None:
    parser, rest, found = RequestHeadParser(), request(), None
    for size in [*sizes, 10_000]:
        if found is None and rest:
            found, rest = parser.feed(rest[:size]), rest[size:]

    assert isinstance(found, RequestHead)
    assert found.first("sec-websocket-version") == "13"


@pytest.mark.parametrize(
    "head",
    [
        request(upgrade=b"UPGRADE: h2c, WebSocket"),
        request(connection=b"connection: keep-alive, upgrade"),
        request(connection=b"Connection: keep-alive", second=b"Connection: UPGRADE"),
        request(extra=b"Content-Length: 0"),
        request(host=b"Host: [::1]:9099"),
    ],
)
def test_upgrade_is_compared_as_list_without_case(head: bytes) -> None:
    assert isinstance(read(head), RequestHead)


BAD = {
    "http10": (request(line=b"GET / HTTP/1.0"), 400),
    "http20": (request(line=b"GET / HTTP/2.0"), 400),
    "http2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "post": (request(line=b"POST / HTTP/1.1"), 400),
    "head": (request(line=b"HEAD / HTTP/1.1"), 400),
    "connect": (request(line=b"CONNECT a:1 HTTP/1.1"), 400),
    "absolute form": (request(line=b"GET http://a/ HTTP/1.1"), 400),
    "two spaces": (request(line=b"GET  / HTTP/1.1"), 400),
    "tab": (request(line=b"GET\t/ HTTP/1.1"), 400),
    "no version": (request(line=b"GET /"), 400),
    "non-ascii target": (request(line=b"GET /\xc3\xa9 HTTP/1.1"), 400),
    "fragment": (request(line=b"GET /a#b HTTP/1.1"), 400),
    "no host": (request(host=None), 400),
    "empty host": (request(host=b"Host:"), 400),
    "two hosts": (request(more=b"Host: other"), 400),
    "host list": (request(host=b"Host: a, b"), 400),
    "host with path": (request(host=b"Host: a/b"), 400),
    "two authorizations": (request(a=b"Authorization: Bearer a", b=b"authorization: Bearer a"), 400),
    "two keys": (request(a=b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400),
    "two versions": (request(a=b"Sec-WebSocket-Version: 13"), 400),
    "two lengths": (request(a=b"Content-Length: 0", b=b"Content-Length: 0"), 400),
    "length": (request(a=b"Content-Length: 5"), 400),
    "negative length": (request(a=b"Content-Length: -0"), 400),
    "chunked": (request(a=b"Transfer-Encoding: chunked"), 400),
    "identity": (request(a=b"Transfer-Encoding: identity"), 400),
    "body": (request() + b"x", 400),
    "pipelined": (request() + b"GET /internal HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "fold": (request(a=b"X: a\r\n b"), 400),
    "space before colon": (request(a=b"X : a"), 400),
    "bare lf": (request().replace(b"\r\n", b"\n"), 400),
    "one bare lf": (request(a=b"X: a\nY: b"), 400),
    "nul": (request(a=b"X: a\0"), 400),
    "cr": (request(a=b"X: a\rb"), 400),
    "no upgrade": (request(upgrade=None), 400),
    "h2c": (request(upgrade=b"Upgrade: h2c"), 400),
    "no connection": (request(connection=None), 400),
    "keep-alive": (request(connection=b"Connection: keep-alive"), 400),
    "no version header": (request(sec_websocket_version=None), 400),
    "version 8": (request(sec_websocket_version=b"Sec-WebSocket-Version: 8"), 426),
    "version 1777": (request(sec_websocket_version=b"Sec-WebSocket-Version: 1777"), 426),
    "no key": (request(sec_websocket_key=None), 400),
    "short key": (request(sec_websocket_key=b"Sec-WebSocket-Key: dGhl"), 400),
    "long key": (request(sec_websocket_key=b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=dGhl"), 400),
    "key not canonical": (request(sec_websocket_key=b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR=="), 400),
    "long line": (request(line=b"GET /" + b"a" * 64_000 + b" HTTP/1.1"), 414),
    "long query": (request(line=b"GET /?" + b"a" * 8200 + b" HTTP/1.1"), 414),
    "long header": (request(a=b"X: " + b"a" * 9000), 431),
    "many headers": (request(a=b"\r\n".join([b"X: a"] * 101)), 431),
    "tls": (bytes.fromhex("16030100f8010000f40303"), 400),
    "tls, one byte": (b"\x16", 400),
    "ssh": (b"SSH-2.0-OpenSSH_9.2\r\n", 400),
    "empty line first": (b"\r\n", 400),
    "zeros": (b"\0" * 100, 400),
    "endless method": (b"A" * 30, 400),
}


@pytest.mark.parametrize(("head", "status"), BAD.values(), ids=BAD.keys())
def test_bad_request_is_refused_at_once(head: bytes, status: int) -> None:
    refusal = read(head)

    assert isinstance(refusal, Refusal)
    assert refusal.status == status


def test_other_version_is_told_the_right_one() -> None:
    refusal = read(request(sec_websocket_version=b"Sec-WebSocket-Version: 14"))

    assert isinstance(refusal, Refusal)
    assert b"\r\nSec-WebSocket-Version: 13\r\n" in refusal.to_bytes()


def test_health_check_is_a_get_without_upgrade() -> None:
    plain = RequestHeadParser().feed(b"GET /health?x HTTP/1.1\r\nHost: a\r\n\r\n")
    upgrade = RequestHeadParser().feed(request(line=b"GET /health HTTP/1.1"))

    assert isinstance(plain, RequestHead)
    assert isinstance(upgrade, RequestHead)
    assert is_health_check(plain)
    assert not is_health_check(upgrade)


@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer_and_no_error(noise: bytes) -> None:
    found = read(noise)

    assert found is None or isinstance(found, Refusal | RequestHead)
