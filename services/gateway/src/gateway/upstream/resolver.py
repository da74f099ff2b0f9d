"""From an endpoint's host to the addresses that may be dialled.

Promises that every address is shown to the guard before it is dialled, so a name that resolves to a forbidden place
leads nowhere, also when DNS answers otherwise the second time. Answers are remembered for a short while, because each
look-up costs a thread and a reconnect storm asks the same thing thousands of times.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.upstream.errors import BackendForbidden, BackendUnreachable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# (host as the endpoint writes it, address, port) -> may be dialled
AddressGuard = Callable[[str, IPAddress, int], bool]

_MAX_REMEMBERED = 4096


class Resolver(Protocol):
    """Finds where to dial."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return permitted addresses, best first, never none. Raises BackendUnreachable or BackendForbidden."""


class SystemResolver:
    """Asks the operating system. Answers are used for ``remember_seconds``."""

    __slots__ = ("_guard", "_remember_seconds", "_remembered")

    def __init__(self, guard: AddressGuard, *, remember_seconds: float = 5.0) -> None:
        self._guard = guard
        self._remember_seconds = remember_seconds
        self._remembered: dict[tuple[str, int], tuple[float, Sequence[str]]] = {}

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """See Resolver."""
        now = asyncio.get_running_loop().time()
        expires_at, addresses = self._remembered.get((host, port), (0.0, ()))
        if now < expires_at:
            return addresses
        addresses = self._permitted(await _look_up(host, port), host=host, port=port)
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[host, port] = (now + self._remember_seconds, addresses)
        return addresses

    def _permitted(self, found: Sequence[str], *, host: str, port: int) -> Sequence[str]:
        permitted = [each for each in found if self._guard(host, ipaddress.ip_address(each), port)]
        if not permitted:
            raise BackendForbidden(f"{host} has no permitted address")
        return permitted


async def _look_up(host: str, port: int) -> Sequence[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise BackendUnreachable(f"{host} has no address: {error}") from error
    # A scope id (fe80::1%eth0) is of no use for a backend and not an address for ``ipaddress``' comparisons.
    addresses = dict.fromkeys(str(row[4][0]).partition("%")[0] for row in found)
    if not addresses:
        raise BackendUnreachable(f"{host} has no address")
    return list(addresses)
