"""A listener for ws or wss: one or more addresses, one reception.

Promises that after ``stop_accepting`` no connection is taken while open ones go on. TLS is 1.2 or newer; the context
belongs to the caller, who may load a new certificate into it at any time for the connections to come.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gateway.handshake.downstream_protocol import DownstreamHandshake
from gateway.handshake.proxied_server import ProxiedServer
from gateway.handshake.reception import TLS_SHUTDOWN_SECONDS, Reception


@dataclass(frozen=True, slots=True)
class ListenerAddress:
    """Where to listen. ``port`` 0 takes a free one (for tests); the same then goes for every host.

    ``is_proxied``: connections of trusted proxies begin with the PROXY protocol.
    """

    hosts: tuple[str, ...]
    port: int
    backlog: int = 2048
    is_port_shared: bool = False
    is_proxied: bool = False


class InsecureContext(ValueError):
    """The TLS context would speak something older than TLS 1.2."""


class Listener:
    """See the module."""

    __slots__ = ("_address", "_reception", "_server", "_tls")

    def __init__(self, reception: Reception, *, address: ListenerAddress, tls: ssl.SSLContext | None = None) -> None:
        # PROTOCOL_TLS_SERVER's default is MINIMUM_SUPPORTED (a negative number) on systems without a policy.
        if tls is not None and tls.minimum_version < ssl.TLSVersion.TLSv1_2:
            raise InsecureContext("Set the TLS context's minimum_version to TLSv1_2.")
        self._reception = reception
        self._address = address
        self._tls = tls
        self._server: asyncio.Server | ProxiedServer | None = None

    async def start(self) -> None:
        """Begin to accept. Raises OSError when an address is taken."""
        if self._address.is_proxied:
            self._server = ProxiedServer(self._reception, _listening_sockets(self._address), tls=self._tls)
        else:
            self._server = await self._start_server()

    async def _start_server(self) -> asyncio.Server:
        reception, tls = self._reception, self._tls
        head_seconds = reception.handshake_timeouts.head.total_seconds()
        return await reception.loop.create_server(
            partial(DownstreamHandshake, reception, is_tls=tls is not None),
            list(self._address.hosts),
            self._address.port,
            backlog=self._address.backlog,
            reuse_port=self._address.is_port_shared or None,
            ssl=tls,
            ssl_handshake_timeout=head_seconds if tls else None,
            ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS if tls else None,
        )

    @property
    def ports(self) -> Sequence[int]:
        """The ports really listened on, one for each address; empty when not accepting."""
        server = self._server
        return [] if server is None else [each.getsockname()[1] for each in server.sockets]

    def stop_accepting(self) -> None:
        """Take no more connections. Does nothing the second time."""
        if self._server is not None:
            self._server.close()
            self._server = None


def _listening_sockets(address: ListenerAddress) -> list[socket.socket]:
    opened: list[socket.socket] = []
    try:
        for host in address.hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server(
                (host, address.port), family=family, backlog=address.backlog, reuse_port=address.is_port_shared
            )
            listening.setblocking(False)
            opened.append(listening)
    except OSError:
        for listening in opened:
            listening.close()
        raise
    return opened
