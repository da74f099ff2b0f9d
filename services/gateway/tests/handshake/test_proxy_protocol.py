"""The PROXY protocol header, without a socket."""

from __future__ import annotations

import ipaddress
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.handshake.proxy_protocol import MAX_HEADER_BYTES, MalformedProxyHeader, ProxyHeader

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def v2(addresses: bytes, *, family: int = 0x11, command: int = 0x21) -> bytes:
    return SIGNATURE + bytes([command, family]) + struct.pack("!H", len(addresses)) + addresses


def tcp4(source: str = "203.0.113.9", *, tlvs: bytes = b"") -> bytes:
    return v2(ipaddress.ip_address(source).packed + bytes([10, 0, 0, 1]) + struct.pack("!HH", 4711, 443) + tlvs)


def tcp6(source: str) -> bytes:
    return v2(ipaddress.ip_address(source).packed + bytes(16) + struct.pack("!HH", 4711, 443), family=0x21)


def read(stream: bytes, *, at_once: int = MAX_HEADER_BYTES) -> tuple[str | None, bytes]:
    """The source, and what the header left of the stream; a stream that ends within the header is an error."""
    header = ProxyHeader()
    while header.wanted:
        chunk, stream = stream[: min(header.wanted, at_once)], stream[min(header.wanted, at_once) :]
        if not chunk:
            raise MalformedProxyHeader("ended")
        header.feed(chunk)
    return header.source, stream


GOOD = {
    "v1 tcp4": (b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\n", "203.0.113.9"),
    "v1 tcp6": (b"PROXY TCP6 2001:DB8::7 2001:db8::1 4711 443\r\n", "2001:db8::7"),
    "v1 shortest": (b"PROXY UNKNOWN\r\n", None),
    "v1 unknown": (b"PROXY UNKNOWN ffff:f... ffff:: 65535 65535\r\n", None),
    "v2 tcp4": (tcp4(), "203.0.113.9"),
    "v2 tcp4 with tlvs": (tcp4(tlvs=b"\x04" + bytes(300)), "203.0.113.9"),
    "v2 tcp6": (tcp6("2001:db8::7"), "2001:db8::7"),
    "v2 local": (v2(b"", family=0, command=0x20), None),
    "v2 local with addresses": (v2(bytes(12), command=0x20), None),
    "v2 unspecified": (v2(b"", family=0), None),
    "v2 unix": (v2(bytes(216), family=0x31), None),
}


@pytest.mark.parametrize("at_once", [1, 7, MAX_HEADER_BYTES])
@pytest.mark.parametrize(("header", "source"), GOOD.values(), ids=GOOD.keys())
def test_header_is_read_and_nothing_behind_it(header: bytes, source: str | None, at_once: int) -> None:
    assert read(header + b"\x16\x03\x01hello", at_once=at_once) == (source, b"\x16\x03\x01hello")


BAD = {
    "http": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(20),
    "lower case": b"proxy TCP4 203.0.113.9 10.0.0.1 4711 443\r\n",
    "no such family": b"PROXY UDP4 203.0.113.9 10.0.0.1 4711 443\r\n",
    "other family": b"PROXY TCP6 203.0.113.9 10.0.0.1 4711 443\r\n",
    "no address": b"PROXY TCP4 203.0.113.999 10.0.0.1 4711 443\r\n",
    "no port": b"PROXY TCP4 203.0.113.9 10.0.0.1 4711\r\n",
    "bare lf": b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\n",
    "endless line": b"PROXY UNKNOWN " + b"a" * 200,
    "v2 version": v2(bytes(12), command=0x31),
    "v2 command": v2(bytes(12), command=0x22),
    "v2 short": v2(bytes(11)),
    "v2 short tcp6": v2(bytes(35), family=0x21),
    "v2 long": v2(bytes(MAX_HEADER_BYTES)),
    "nothing": b"",
    "half": tcp4()[:20],
}


@pytest.mark.parametrize("stream", BAD.values(), ids=BAD.keys())
def test_what_is_no_header_is_refused(stream: bytes) -> None:
    with pytest.raises(MalformedProxyHeader):
        read(stream)


@given(st.ip_addresses(), st.integers(1, 60), st.binary(max_size=40))
def test_every_address_survives_both_versions(
    source: ipaddress.IPv4Address | ipaddress.IPv6Address, at_once: int, rest: bytes
) -> None:
    binary = tcp4(str(source)) if source.version == 4 else tcp6(str(source))
    line = f"PROXY TCP{source.version} {source} {source} 1 2\r\n".encode()

    for header in (binary, line):
        assert read(header + rest, at_once=at_once) == (str(source), rest)


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda tail: SIGNATURE + tail)))
def test_any_bytes_give_an_answer_and_no_other_error(noise: bytes) -> None:
    with suppress(MalformedProxyHeader):
        read(noise)
