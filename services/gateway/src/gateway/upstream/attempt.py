"""One attempt at one backend: address, TCP, TLS, upgrade request, answer; one time limit over all of it.

Promises exactly one call of its outcome, unless it was cancelled, and that it leaves no socket behind in any other case
than success. Everything is callbacks, unless an address has to be found or chosen: then one task runs until the
connection stands.
"""

import asyncio
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, cast

from gateway.session.timers import Timers
from gateway.upstream.connecting import Connecting
from gateway.upstream.endpoint import Endpoint
from gateway.upstream.errors import (
    AnswerCutOff,
    BackendLost,
    BackendTimedOut,
    BackendUnreachable,
    ConnectTimedOut,
    UpstreamError,
)
from gateway.upstream.request import UpgradeOffer
from gateway.upstream.resolver import Resolver
from gateway.upstream.response_head import ResponseHeadParser, UpgradeAnswer

_TLS_SHUTDOWN_SECONDS = 1.0
# An address that does not answer (IPv6 into nowhere, say) must not use up the time of the next.
_NEXT_ADDRESS_AFTER_SECONDS = 2.0


class AttemptOutcome(Protocol):
    """Who waits for the backend. Called from a callback of the event loop."""

    def attempt_succeeded(self, transport: asyncio.Transport, answer: UpgradeAnswer) -> None:
        """The backend has accepted. The transport's protocol must be replaced before this returns."""

    def attempt_failed(self, error: UpstreamError) -> None:
        """Nothing is left of the attempt."""


@dataclass(frozen=True, slots=True)
class Way:
    """How every backend is reached. ``tls`` is the context for wss:// backends (CAs, names verified)."""

    resolver: Resolver
    tls: ssl.SSLContext


class Attempt(asyncio.Protocol):
    """The protocol of the connection until its 101. Begins with ``open``, or with ``connect``, which is to be run in a
    task that ``task`` is set to.
    """

    __slots__ = ("_connecting", "_loop", "_outcome", "_parser", "_request", "_timer", "_transport", "task")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timers: Timers,
        *,
        request: bytes,
        offer: UpgradeOffer,
        outcome: AttemptOutcome,
        seconds: float,
    ) -> None:
        self._loop = loop
        self._request = request
        self._parser = ResponseHeadParser(offer)
        self._outcome: AttemptOutcome | None = outcome
        self._transport: asyncio.Transport | None = None
        self._timer = timers.call_later(seconds, self._time_out)
        self._connecting: Connecting | None = None
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Nobody waits any more: drop the connection, call nothing."""
        self._release()
        self._stop_connecting()
        if self._transport is not None:
            self._transport.abort()

    def open(self, address: str, endpoint: Endpoint, way: Way) -> None:
        """Connect to this address, which is the only one."""
        self._connecting = Connecting(self._connection(address, endpoint, way), on_failure=self._fail_to_connect_soon)

    async def connect(self, endpoint: Endpoint, way: Way) -> None:
        """Try one permitted address after the other."""
        try:
            addresses = way.resolver.known(endpoint.host, endpoint.port)
            if addresses is None:
                addresses = await way.resolver.resolve(endpoint.host, endpoint.port)
            for address in addresses[:-1]:
                if await self._connects_soon_to(address, endpoint, way):
                    return
            await self._connection(addresses[-1], endpoint, way)  # For as long as the attempt may last.
        except (OSError, UpstreamError) as error:
            self._fail_to_connect(error)

    async def _connects_soon_to(self, address: str, endpoint: Endpoint, way: Way) -> bool:
        try:
            async with asyncio.timeout(_NEXT_ADDRESS_AFTER_SECONDS):
                await self._connection(address, endpoint, way)
        except TimeoutError:
            return self._transport is not None  # The connection may have come up at the last moment.
        except OSError:
            return False
        return True

    def _connection(self, address: str, endpoint: Endpoint, way: Way) -> Coroutine[Any, Any, object]:
        if not endpoint.is_secure:
            return self._loop.create_connection(self._protocol, address, endpoint.port)
        return self._loop.create_connection(
            self._protocol,
            address,
            endpoint.port,
            ssl=way.tls,
            server_hostname=endpoint.host.rstrip("."),
            ssl_shutdown_timeout=_TLS_SHUTDOWN_SECONDS,
        )

    def _protocol(self) -> "Attempt":
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        # uvloop's transports have the interface without the base class, so there is nothing to check at run time.
        self._transport = cast("asyncio.Transport", transport)
        if self._outcome is None:
            self._transport.abort()  # Cancelled while the connection came up.
        else:
            self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read the answer."""
        if self._outcome is None or self._transport is None:
            return
        try:
            answer = self._parser.feed(data)
        except UpstreamError as error:
            self._fail(error)
            return
        outcome = self._release() if answer is not None else None
        if answer is not None and outcome is not None:
            outcome.attempt_succeeded(self._transport, answer)

    def eof_received(self) -> bool:
        """The backend ended the connection instead of answering."""
        self._fail(AnswerCutOff("The connection ended before the answer."))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone before the answer."""
        self._fail(BackendLost(f"The connection was lost before the answer: {exc}"))

    def _time_out(self) -> None:
        self._stop_connecting()
        if self._transport is None:
            self._fail(ConnectTimedOut("No connection in time."))
        else:
            self._fail(BackendTimedOut("No answer to the upgrade in time."))

    def _stop_connecting(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self.task is not None:
            self.task.cancel()

    def _fail_to_connect_soon(self, error: Exception) -> None:
        """Not at once, for the caller of ``open`` may not know yet that there is an attempt."""
        self._loop.call_soon(self._fail_to_connect, error)

    def _fail_to_connect(self, error: Exception) -> None:
        if isinstance(error, UpstreamError):
            self._fail(error)
        elif isinstance(error, TimeoutError):
            self._fail(ConnectTimedOut(str(error)))
        else:
            if not isinstance(error, OSError):
                context = {"message": "A connection to a backend failed", "exception": error}
                self._loop.call_exception_handler(context)
            self._fail(BackendUnreachable(str(error)))

    def _fail(self, error: UpstreamError) -> None:
        outcome = self._release()
        if self._transport is not None:
            self._transport.abort()
        if outcome is not None:
            outcome.attempt_failed(error)

    def _release(self) -> AttemptOutcome | None:
        """Stop waiting. Whoever gets the outcome must call it."""
        outcome, self._outcome = self._outcome, None
        self._timer.cancel()
        return outcome
