"""Accepts connections of load balancers that speak the PROXY protocol.

The header is read byte for byte from the socket before there is a transport, since TLS begins right behind it. Tasks:
one for each listening socket, ended by ``close``; one for each header, owned by the reception.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence

import structlog

from gateway.handshake.downstream_protocol import DownstreamHandshake
from gateway.handshake.proxy_protocol import MalformedProxyHeader, ProxyHeader
from gateway.handshake.reception import TLS_SHUTDOWN_SECONDS, Reception
from gateway.handshake.trusted_proxies import normal_address

_log = structlog.get_logger(__name__)

# Out of file descriptors: accepting again at once would spin.
_PAUSE_SECONDS = 0.1


class ProxiedServer:
    """Has what a listener needs of an ``asyncio.Server``. Peers that are no trusted proxies send no header."""

    def __init__(self, reception: Reception, sockets: Sequence[socket.socket], *, tls: ssl.SSLContext | None) -> None:
        self.sockets = tuple(sockets)
        self._reception = reception
        self._tls = tls
        self._accepting = [reception.run(self._accept(listening)) for listening in self.sockets]

    def close(self) -> None:
        """Accept no more."""
        for task in self._accepting:
            task.cancel()
        for listening in self.sockets:
            listening.close()

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connected, peer = await self._reception.loop.sock_accept(listening)
            except OSError as error:
                _log.warning("cannot accept a connection", reason=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            greeting = _Greeting(self._reception, connected, peer_address=normal_address(peer[0]), tls=self._tls)
            greeting.start()


class _Greeting:
    """A connection before its handshake: it counts as pending, so that there are never too many."""

    is_answered = False

    def __init__(
        self, reception: Reception, connected: socket.socket, *, peer_address: str, tls: ssl.SSLContext | None
    ) -> None:
        self._reception = reception
        self._socket = connected
        self._peer_address = peer_address
        self._tls = tls
        self._task: asyncio.Task[None]

    def start(self) -> None:
        self._reception.pending.add(self)
        self._task = self._reception.run(self._greet())

    def drop(self) -> None:
        """See PendingConnection."""
        self._task.cancel()

    async def _greet(self) -> None:
        try:
            async with asyncio.timeout(self._reception.handshake_timeouts.head.total_seconds()):
                trusted = self._reception.proxies.trusts(self._peer_address)
                source = await self._source() if trusted else None
            await self._hand_over(normal_address(source) if source else self._peer_address)
        except (MalformedProxyHeader, OSError, TimeoutError):
            # Nothing can be answered: the client may expect TLS.
            self._socket.close()
        except asyncio.CancelledError:
            self._socket.close()
            raise
        finally:
            self._reception.pending.discard(self)

    async def _source(self) -> str | None:
        header = ProxyHeader()
        while header.wanted:
            chunk = await self._reception.loop.sock_recv(self._socket, header.wanted)
            if not chunk:
                raise MalformedProxyHeader("The connection ended within the PROXY header.")
            header.feed(chunk)
        return header.source

    async def _hand_over(self, source: str) -> None:
        reception, tls = self._reception, self._tls
        await reception.loop.connect_accepted_socket(
            lambda: DownstreamHandshake(reception, is_tls=tls is not None, source=source),
            self._socket,
            ssl=tls,
            ssl_handshake_timeout=reception.handshake_timeouts.head.total_seconds() if tls else None,
            ssl_shutdown_timeout=TLS_SHUTDOWN_SECONDS if tls else None,
        )
