"""Where a request really came from, where proxies stand in front of the gateway.

Promises that only addresses the operator named are believed when they speak of somebody else. The client is the
rightmost address in X-Forwarded-For that is not such a proxy: what is left of it is hearsay.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from gateway.handshake.request_head import HOST, RequestHead
from gateway.upstream.request import Forwarded

_PROTOCOLS = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class TrustedProxies:
    """`networks` are addresses or CIDRs. Raises ValueError."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in networks)
        self.trusts = lru_cache(maxsize=4096)(self._trusts) if self._networks else _trusts_nobody

    def forwarded(self, head: RequestHead, *, peer_address: str, is_tls: bool) -> tuple[str, Forwarded]:
        """The client's address, and what the backend is told of the client's side."""
        own = Forwarded(peer_address, "https" if is_tls else "http", head.host)
        if not self.trusts(peer_address):
            return peer_address, own
        told = head.list_members("x-forwarded-for")
        return self._client(told, peer_address), Forwarded(
            for_=", ".join((*told, peer_address)),
            proto=_PROTOCOLS.get(_last(head, "x-forwarded-proto").lower(), own.proto),
            host=host if HOST.fullmatch(host := _last(head, "x-forwarded-host")) else own.host,
        )

    def _client(self, told: list[str], peer_address: str) -> str:
        client = peer_address
        for written in reversed(told):
            address = _address(written)
            if address is None:
                break
            client = address
            if not self.trusts(address):
                break
        return client

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._networks)


@lru_cache(maxsize=4096)
def normal_address(address: str) -> str:
    """The one spelling of an IP address: IPv4 in IPv6 is IPv4. What is no address (a Unix socket has none) stays."""
    parsed = _parsed(address)
    return address if parsed is None else str(parsed)


def _trusts_nobody(_: str) -> bool:
    return False


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _address(written: str) -> str | None:
    """An address as proxies write it, some with a port."""
    if written.startswith("["):
        written = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        written = written.partition(":")[0]
    parsed = _parsed(written)
    return None if parsed is None else str(parsed)


def _last(head: RequestHead, name: str) -> str:
    return next(reversed(head.list_members(name)), "")
