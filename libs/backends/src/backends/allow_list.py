"""`SLUICE_BACKEND_ALLOW`: what backends may have although the rules forbid it.

Entries are separated by commas or spaces: an address (`192.0.2.7`), a range (`10.0.0.0/8`, `fd00::/8`), a host name
(`echo`), or all names below one (`*.sluice.svc`). What is named is allowed on any port.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from backends.errors import ForbiddenBackend, InvalidAllowList
from backends.host_spelling import IPAddress, check_host_spelling, plain_name

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class AllowList:
    """`suffixes` begin with a dot. Empty: nothing is exempt."""

    networks: tuple[_Network, ...] = ()
    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.networks or self.names or self.suffixes)

    def names_host(self, host: str) -> bool:
        """Whether a name is exempt, whatever it resolves to."""
        name = plain_name(host)
        return name in self.names or name.endswith(self.suffixes)

    def holds(self, address: IPAddress) -> bool:
        """Whether an address is exempt."""
        return any(address in network for network in self.networks)


NOTHING_ALLOWED = AllowList()


def parse_allow_list(text: str) -> AllowList:
    """Raises `InvalidAllowList` for the first entry that cannot be read."""
    networks: list[_Network] = []
    names: set[str] = set()
    suffixes: list[str] = []
    for entry in re.split(r"[,\s]+", text.strip(", \t\r\n")):
        if not entry:
            continue
        if entry.startswith("*."):
            suffixes.append("." + _name(entry[2:], entry))
        elif _looks_numeric(entry):
            networks.append(_network(entry))
        else:
            names.add(_name(entry, entry))
    return AllowList(tuple(networks), frozenset(names), tuple(suffixes))


def _looks_numeric(entry: str) -> bool:
    return "/" in entry or ":" in entry or entry.replace(".", "").isdecimal()


def _network(entry: str) -> _Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError as error:
        raise InvalidAllowList(
            f"{error}; an entry is an address, a range such as 10.0.0.0/8, or a host name"
        ) from error


def _name(name: str, entry: str) -> str:
    try:
        is_name = check_host_spelling(name) is None
    except ForbiddenBackend:
        is_name = False
    if not is_name:
        raise InvalidAllowList(f"{entry!r} is neither an address, a range, a host name, nor *. before a host name")
    return plain_name(name)
