"""Behind a load balancer that speaks the PROXY protocol: real sockets, with and without TLS."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from gateway.handshake.listener import Listener, ListenerAddress
from gateway.handshake.trusted_proxies import TrustedProxies

from .backends import ACCEPTANCE, answering, raw_backend
from .plane import Plane, RawClient, upgrade_request
from .wire import is_soon

HEADERS = {
    "v1": b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n",
    "v2": b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([203, 0, 113, 9, 10, 0, 0, 1, 0, 1, 0, 2]),
}


@pytest.fixture(params=[False, True], ids=["ws", "wss"])
async def proxied(request: pytest.FixtureRequest, plane: Plane) -> AsyncIterator[Listener]:
    plane.reception.proxies = TrustedProxies(["127.0.0.1"])
    tls = plane.wss._tls if request.param else None
    listener = Listener(plane.reception, address=ListenerAddress(("127.0.0.1",), 0, is_proxied=True), tls=tls)
    await listener.start()
    yield listener
    listener.stop_accepting()


async def connect(plane: Plane, listener: Listener, header: bytes) -> RawClient:
    client = await plane.connect(port=listener.ports[0])
    client.send(header)
    if listener._tls is not None:
        await client.writer.start_tls(plane.tls, server_hostname="localhost")
    return client


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
async def test_client_is_who_the_balancer_says(plane: Plane, proxied: Listener, header: bytes) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await connect(plane, proxied, header)
        client.send(upgrade_request(headers="X-Forwarded-For: 6.6.6.6\r\n"))

        assert (await client.read_head()).startswith("HTTP/1.1 101 ")

        assert next(iter(plane.registry)).client_address == "203.0.113.9"
        assert "\r\nX-Forwarded-For: 203.0.113.9\r\n" in backend.heads[0]
        client.reset()


async def test_balancer_that_speaks_for_itself_is_the_client(plane: Plane, proxied: Listener) -> None:
    client = await connect(plane, proxied, b"PROXY UNKNOWN\r\n")

    client.send(upgrade_request("/other"))
    await client.read_head()

    assert plane.admission.attempts[0].client_address == "127.0.0.1"
    await client.close()


async def test_stranger_gets_no_hearing_for_its_header(plane: Plane, proxied: Listener) -> None:
    plane.reception.proxies = TrustedProxies(["10.0.0.0/8"])
    client = await plane.connect(port=proxied.ports[0])

    client.send(HEADERS["v1"] + upgrade_request())
    with suppress(ConnectionResetError):
        await client.read_all()

    assert plane.admission.attempts == []
    await client.close()


@pytest.mark.parametrize("beginning", [b"", b"PROXY TC", b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"])
async def test_connection_without_its_header_is_closed(plane: Plane, proxied: Listener, beginning: bytes) -> None:
    client = await plane.connect(port=proxied.ports[0])

    client.send(beginning)

    with suppress(ConnectionResetError):  # Unread bytes make an end a reset.
        assert await client.read_all() == b""
    await client.close()


async def test_silent_connections_count_and_are_dropped_with_the_reception(plane: Plane, proxied: Listener) -> None:
    plane.reception.max_connections = 1
    first = await plane.connect(port=proxied.ports[0])
    await is_soon(lambda: plane.reception.is_full, "the connection is pending")

    proxied.stop_accepting()
    await plane.reception.close()

    assert await first.read_all() == b""
    await first.close()
