"""Who a client is, where proxies speak for it."""

from __future__ import annotations

import pytest

from gateway.handshake.request_head import RequestHead
from gateway.handshake.trusted_proxies import TrustedProxies, normal_address
from gateway.http1.header_field import HeaderField
from gateway.upstream.request import Forwarded

PROXIES = TrustedProxies(["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"])


def head(**fields: str) -> RequestHead:
    """`x_forwarded_for="…"` becomes the header; its lines are separated by a bar."""
    written = [(name.replace("_", "-"), line) for name, value in fields.items() for line in value.split("|")]
    return RequestHead("GET", "/", "", "asked:9099", tuple(HeaderField(name, name, line) for name, line in written))


def test_stranger_speaks_for_nobody() -> None:
    asked = head(x_forwarded_for="6.6.6.6", x_forwarded_proto="https", x_forwarded_host="evil.test")

    for proxies in (PROXIES, TrustedProxies()):
        client, forwarded = proxies.forwarded(asked, peer_address="203.0.113.9", is_tls=False)

        assert client == "203.0.113.9"
        assert forwarded == Forwarded("203.0.113.9", "http", "asked:9099")


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("6.6.6.6|203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("10.2.2.2, 10.1.1.1", "10.2.2.2"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db9::7]:4711", "2001:db9::7"),
        ("2001:DB9:0::7", "2001:db9::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, unknown", "10.0.0.1"),
        ("6.6.6.6, unknown, 10.1.1.1", "10.1.1.1"),
        ("6.6.6.6, _hidden, 203.0.113.9", "203.0.113.9"),
        ("", "10.0.0.1"),
    ],
)
def test_client_is_the_rightmost_address_that_is_no_proxy(told: str, client: str) -> None:
    found, forwarded = PROXIES.forwarded(head(x_forwarded_for=told), peer_address="10.0.0.1", is_tls=False)

    assert found == client
    assert forwarded.for_.endswith("10.0.0.1")


def test_backend_is_told_the_whole_way() -> None:
    asked = head(
        x_forwarded_for="6.6.6.6, 203.0.113.9|10.1.1.1", x_forwarded_proto="WSS", x_forwarded_host="public.test"
    )

    _, forwarded = PROXIES.forwarded(asked, peer_address="10.0.0.1", is_tls=False)

    assert forwarded == Forwarded("6.6.6.6, 203.0.113.9, 10.1.1.1, 10.0.0.1", "https", "public.test")


@pytest.mark.parametrize("written", ["", "gopher", "https, gopher"])
def test_proto_that_is_none_is_not_believed(written: str) -> None:
    _, forwarded = PROXIES.forwarded(head(x_forwarded_proto=written), peer_address="10.0.0.1", is_tls=True)

    assert forwarded.proto == "https"


@pytest.mark.parametrize("written", ["", "a b", "a/b", "a,b c"])
def test_host_that_is_none_is_not_believed(written: str) -> None:
    _, forwarded = PROXIES.forwarded(head(x_forwarded_host=written), peer_address="10.0.0.1", is_tls=True)

    assert forwarded.host == "asked:9099"


@pytest.mark.parametrize("network", ["10.0.0.1/8", "proxy.test", "10.0.0.0/33"])
def test_network_that_is_none_is_an_error(network: str) -> None:
    with pytest.raises(ValueError, match=network.partition("/")[0]):
        TrustedProxies([network])


def test_addresses_have_one_spelling() -> None:
    assert normal_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert normal_address("2001:DB8::0:1") == "2001:db8::1"
    assert normal_address("fe80::1%eth0") == "fe80::1"
    assert normal_address("@") == "@"
