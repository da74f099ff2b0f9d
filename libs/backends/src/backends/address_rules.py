"""Which hosts, addresses and ports a backend may have, so that nobody reaches through the gateway what stands behind
it (server-side request forgery).

The publisher asks `check_host` when an endpoint is saved, the gateway asks `may_dial` for each address it is about to
connect to, since a name may resolve otherwise by then. Pure: nothing is looked up here.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from backends.allow_list import NOTHING_ALLOWED, AllowList
from backends.errors import ForbiddenBackend
from backends.host_spelling import IPAddress, check_host_spelling, plain_name

# SSH, mail, PostgreSQL, Redis, Kafka; then the platform's REST and admin APIs and its listeners.
REFUSED_PORTS = frozenset({22, 25, 5432, 6379, 9092, 8081, 8082, 8083, 8084, 8099, 9099})

# Names of this network, or of the machine. A name without a dot is one too: search domains complete it.
_OWN_SUFFIXES = (".localhost", ".local", ".internal", ".svc", ".cluster.local", ".home.arpa")

_V4_REFUSED = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network, and "unspecified"
        "10.0.0.0/8",  # private (RFC 1918), as the two below
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # shared by carriers (RFC 6598)
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local; clouds serve credentials at 169.254.169.254
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation, as the two below (RFC 5737)
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Everything but global unicast: loopback, unspecified, NAT64, unique local, link-local, site-local, multicast, ...
_V6_GLOBAL = ipaddress.IPv6Network("2000::/3")
_V6_REFUSED = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments; Teredo carries an IPv4 address
        "2001:db8::/32",  # documentation, as 3fff::
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True)
class AddressRules:
    """The rules with an operator's exceptions."""

    allow: AllowList = NOTHING_ALLOWED

    def check_host(self, host: str, port: int) -> None:
        """What can be said before a name is looked up. Raises `ForbiddenBackend`."""
        address = check_host_spelling(host)
        if address is None:
            if self.allow.names_host(host):
                return
            _check_name(plain_name(host))
        elif self.allow.holds(unmapped(address)):
            return
        elif not is_public(address):
            raise ForbiddenBackend("its address is private or reserved; SLUICE_BACKEND_ALLOW can allow it")
        if port in REFUSED_PORTS:
            raise ForbiddenBackend(f"backends may not have port {port}; SLUICE_BACKEND_ALLOW can allow it")

    def may_dial(self, host: str, address: IPAddress, port: int) -> bool:
        """Whether `address`, which `host` is or resolved to, may be connected to. Never raises."""
        try:
            self.check_host(host, port)
        except ForbiddenBackend:
            return False
        return self.allow.names_host(host) or self.allow.holds(unmapped(address)) or is_public(address)


def is_public(address: IPAddress) -> bool:
    """Whether it is an address of the open internet, for every kind of address that leads to one."""
    address = unmapped(address)
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _V4_REFUSED)
    return address in _V6_GLOBAL and not any(address in network for network in _V6_REFUSED)


def unmapped(address: IPAddress) -> IPAddress:
    """An IPv4 address written as IPv6 (`::ffff:127.0.0.1`) is judged as the IPv4 address that it is."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _check_name(name: str) -> None:
    if "." not in name or name.endswith(_OWN_SUFFIXES):
        raise ForbiddenBackend("its host is a name of the gateway's own network; SLUICE_BACKEND_ALLOW can allow it")
