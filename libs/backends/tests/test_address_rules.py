"""Server-side request forgery: what a backend may not be, however it is written (OWASP API7)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backends.address_rules import REFUSED_PORTS, AddressRules, is_public
from backends.allow_list import AllowList, parse_allow_list
from backends.errors import ForbiddenBackend

PORT = 443
STRICT = AddressRules()

REFUSED_ADDRESSES = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "4000::1",
)  # fmt: skip
PUBLIC_ADDRESSES = ("1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8")

# Of addresses that no rule but the spelling's would refuse, so that the spelling is what is tested.
TRICK_SPELLINGS = (
    "2130706433", "0x7f.1", "0x7f000001", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0",
    "8.8.8", "0x8.8.8.8", "8.8.8.010", "8.8.8.8.", "1.2.3.4.5", "256.1.1.1", "0x", "host.0x7f", "host.1",
    "[::ffff:127.0.0.1]", "[::]", "[::1", "::1]", "[::1%25lo]", "fe80::1%lo", ":", "[]",
    "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "127.0.0.1%00.example.com",
    "good.example@127.0.0.1", "127.0.0.1#good.example", "\\\\127.0.0.1", "127.0.0.1/good.example",
    "127.0.0.1\n", " 127.0.0.1", "example.com\0", "exa mple.com", "example..com", ".example.com", "example.com..",
    "-example.com", "", ".", "*.example.com", "exämple.com", "a" * 64 + ".com", ".".join(["a" * 60] * 5),
)  # fmt: skip
OWN_NAMES = (
    "localhost", "LOCALHOST", "localhost.", "x.localhost", "kafka", "postgres", "keymanager", "kafka.sluice.svc",
    "kafka.sluice.svc.cluster.local", "metadata.google.internal", "printer.local", "Kafka.Sluice.SVC.",
)  # fmt: skip


@pytest.mark.parametrize("text", REFUSED_ADDRESSES)
def test_private_and_reserved_addresses_are_refused(text: str) -> None:
    address = ipaddress.ip_address(text)

    assert not STRICT.may_dial("backend.example.com", address, PORT)
    with pytest.raises(ForbiddenBackend):
        STRICT.check_host(text, PORT)


@pytest.mark.parametrize("text", PUBLIC_ADDRESSES)
def test_public_addresses_are_permitted(text: str) -> None:
    STRICT.check_host(text, PORT)

    assert STRICT.may_dial(text, ipaddress.ip_address(text), PORT)
    assert STRICT.may_dial("backend.example.com", ipaddress.ip_address(text), PORT)


@pytest.mark.parametrize("host", TRICK_SPELLINGS)
def test_trick_spelling_of_a_host_is_refused(host: str) -> None:
    with pytest.raises(ForbiddenBackend):
        STRICT.check_host(host, PORT)

    assert not STRICT.may_dial(host, ipaddress.ip_address("8.8.8.8"), PORT)


@pytest.mark.parametrize("host", OWN_NAMES)
def test_name_of_the_own_network_is_refused_whatever_it_resolves_to(host: str) -> None:
    with pytest.raises(ForbiddenBackend, match="SLUICE_BACKEND_ALLOW"):
        STRICT.check_host(host, PORT)

    assert not STRICT.may_dial(host, ipaddress.ip_address("8.8.8.8"), PORT)


@pytest.mark.parametrize(
    "host", ["echo.example.com", "ECHO.example.com.", "a_b.example.com", "xn--exmple-cua.com", "1a.io"]
)
def test_ordinary_names_are_permitted(host: str) -> None:
    STRICT.check_host(host, PORT)


@pytest.mark.parametrize("port", sorted(REFUSED_PORTS))
def test_ports_of_databases_brokers_mail_and_the_platform_are_refused(port: int) -> None:
    for host in ("backend.example.com", "8.8.8.8"):
        assert not STRICT.may_dial(host, ipaddress.ip_address("8.8.8.8"), port)
        with pytest.raises(ForbiddenBackend, match=f"port {port}"):
            STRICT.check_host(host, port)


@pytest.mark.parametrize(
    ("allow", "host", "address"),
    [
        ("127.0.0.0/8", "127.0.0.1", "127.0.0.1"),
        ("127.0.0.0/8", "[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("10.0.0.0/8", "backend.example.com", "10.1.2.3"),
        ("localhost", "LocalHost.", "127.0.0.1"),
        ("echo", "echo", "172.18.0.4"),
        ("*.sluice.svc", "echo.sluice.svc", "10.0.0.7"),
        ("*.sluice.svc", "a.echo.sluice.svc", "10.0.0.7"),
        ("64:ff9b::/96", "backend.example.com", "64:ff9b::a00:1"),
    ],
)
def test_what_the_allow_list_names_is_exempt(allow: str, host: str, address: str) -> None:
    rules = AddressRules(parse_allow_list(allow))

    rules.check_host(host, PORT)

    assert rules.may_dial(host, ipaddress.ip_address(address), PORT)


def test_what_the_allow_list_names_may_have_any_port() -> None:
    rules = AddressRules(parse_allow_list("127.0.0.1, echo"))

    assert rules.may_dial("127.0.0.1", ipaddress.ip_address("127.0.0.1"), 9092)
    assert rules.may_dial("echo", ipaddress.ip_address("172.18.0.4"), 8081)


@pytest.mark.parametrize(
    ("allow", "host", "address"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ("*.sluice.svc", "sluice.svc", "10.0.0.7"),
        ("*.sluice.svc", "evilsluice.svc", "10.0.0.7"),
        ("*.sluice.svc", "echo.sluice.svc.evil.example", "10.0.0.7"),
        ("echo", "echo.evil.example", "10.0.0.7"),
        ("localhost", "backend.example.com", "127.0.0.1"),
        ("127.0.0.0/8", "2130706433", "127.0.0.1"),
        ("127.0.0.0/8", "localhost", "127.0.0.1"),
    ],
)
def test_allow_list_exempts_nothing_else(allow: str, host: str, address: str) -> None:
    rules = AddressRules(parse_allow_list(allow))

    assert not rules.may_dial(host, ipaddress.ip_address(address), PORT)


@settings(deadline=None)
@given(st.ip_addresses())
@example(ipaddress.ip_address("::ffff:127.0.0.1"))
def test_no_address_that_python_calls_private_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    mapped = getattr(address, "ipv4_mapped", None) or address

    assert not is_public(address) or (mapped.is_global and not mapped.is_multicast)


@pytest.fixture(scope="module")
def listeners() -> Iterator[tuple[int, list[socket.socket]]]:
    """One port of this machine, listened on by IPv4 and, where there is one, IPv6."""
    with ExitStack() as stack:
        first = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        port = first.getsockname()[1]
        found = [first]
        if socket.has_dualstack_ipv6():
            found.append(stack.enter_context(closing(socket.create_server(("::1", port), family=socket.AF_INET6))))
        for each in found:
            each.setblocking(False)
        yield port, found


_NUMBERS = st.sampled_from(
    ["127", "0x7f", "0177", "０127", "①②⑦", "%31%32%37", "0", "1", "0x0", "00", "⓪", "2130706433"]
)
_SEPARATORS = st.sampled_from([".", "。", "．", "..", ""])
_DECORATIONS = st.sampled_from(["", ".", "[", "]", "%00", "#", "@", "\\", " ", "\t", "localhost", "::ffff:", "::"])
_SPELLINGS = st.lists(st.one_of(_NUMBERS, _SEPARATORS, _DECORATIONS), min_size=1, max_size=9).map("".join)


@settings(deadline=None)
@given(host=_SPELLINGS)
@example(host="127.0.0.1")
@example(host="127.1")
@example(host="0")
@example(host="::ffff:127.0.0.1")
@example(host="localhost")
@example(host="①②⑦.⓪.⓪.①")
def test_no_spelling_reaches_this_machine(host: str, listeners: tuple[int, list[socket.socket]]) -> None:
    port, found = listeners

    _dial_what_is_permitted(STRICT, host, port)

    for listener in found:
        with pytest.raises(BlockingIOError):  # Nobody has come.
            listener.accept()


def test_spelling_test_would_see_a_connection(listeners: tuple[int, list[socket.socket]]) -> None:
    port, found = listeners

    _dial_what_is_permitted(AddressRules(parse_allow_list("127.0.0.0/8")), "127.0.0.1", port)

    found[0].accept()[0].close()


def _dial_what_is_permitted(rules: AddressRules, host: str, port: int) -> None:
    """What a gateway does, but for a name that DNS would have to be asked for."""
    try:
        rules.check_host(host, port)
        rows = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (ForbiddenBackend, OSError, UnicodeError):
        return
    for row in rows:
        if rules.may_dial(host, ipaddress.ip_address(row[4][0]), port):
            with socket.socket(row[0]) as dialled:
                dialled.connect(row[4])


def test_rules_without_an_allow_list_exempt_nothing() -> None:
    assert not AllowList()
    assert not STRICT.may_dial("127.0.0.1", ipaddress.ip_address("127.0.0.1"), PORT)
