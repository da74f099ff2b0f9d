"""Dials a backend: address, TCP, TLS, upgrade request, answer; one time limit over all of it.

Promises that a dial ends in exactly one call of its outcome, unless it was cancelled, and leaves no socket behind in
any other case than success. The one task of a dial ends when the connection stands; the rest are callbacks.
"""

import asyncio
import ssl
from datetime import timedelta
from typing import Protocol, cast

from gateway.upstream.endpoint import Endpoint
from gateway.upstream.errors import BackendTimedOut, BackendUnreachable, InvalidBackendAnswer, UpstreamError
from gateway.upstream.request import UpgradeOffer
from gateway.upstream.resolver import Resolver
from gateway.upstream.response_head import ResponseHeadParser, UpgradeAnswer

_TLS_SHUTDOWN_SECONDS = 1.0


class DialOutcome(Protocol):
    """Who waits for the backend. Called from a callback of the event loop."""

    def dial_succeeded(self, transport: asyncio.Transport, answer: UpgradeAnswer) -> None:
        """The backend has accepted. The transport's protocol must be replaced before this returns."""

    def dial_failed(self, error: UpstreamError) -> None:
        """There will be no backend."""


class Dialer:
    """Starts dials and owns their tasks. ``tls`` is the context for wss:// backends (CAs, names verified)."""

    __slots__ = ("_loop", "_resolver", "_tasks", "_timeout", "_tls")

    def __init__(self, *, resolver: Resolver, tls: ssl.SSLContext, timeout: timedelta = timedelta(seconds=10)) -> None:
        self._loop = asyncio.get_running_loop()
        self._resolver = resolver
        self._tls = tls
        self._timeout = timeout.total_seconds()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, endpoint: Endpoint, *, request: bytes, offer: UpgradeOffer, outcome: DialOutcome) -> "Dial":
        """Begin to dial; the outcome is called later, never from inside this call."""
        dial = Dial(self._loop, request=request, offer=offer, outcome=outcome, timeout=self._timeout)
        task = self._loop.create_task(self._connect(dial, endpoint))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        dial.task = task
        return dial

    async def close(self) -> None:
        """Cancel what is in progress and wait for it to end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._resolver.close()

    async def _connect(self, dial: "Dial", endpoint: Endpoint) -> None:
        tls = self._tls if endpoint.is_secure else None
        try:
            failure: OSError | None = None
            for address in await self._resolver.resolve(endpoint.host, endpoint.port):
                try:
                    await self._loop.create_connection(
                        lambda: dial,
                        address,
                        endpoint.port,
                        ssl=tls,
                        server_hostname=endpoint.host if tls else None,
                        ssl_handshake_timeout=self._timeout if tls else None,
                        ssl_shutdown_timeout=_TLS_SHUTDOWN_SECONDS if tls else None,
                    )
                    return
                except OSError as error:
                    failure = error
            raise BackendUnreachable(str(failure))
        except UpstreamError as error:
            dial.fail(error)


class Dial(asyncio.Protocol):
    """One dial in progress: the protocol of the connection until its 101."""

    __slots__ = ("_outcome", "_parser", "_request", "_timer", "_transport", "task")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        request: bytes,
        offer: UpgradeOffer,
        outcome: DialOutcome,
        timeout: float,
    ) -> None:
        self._request = request
        self._parser = ResponseHeadParser(offer)
        self._outcome: DialOutcome | None = outcome
        self._transport: asyncio.Transport | None = None
        self._timer = loop.call_later(timeout, self._time_out)
        self.task: asyncio.Task[None] | None = None

    def cancel(self) -> None:
        """Nobody waits any more: drop the connection, call nothing."""
        self._release()
        if self.task is not None:
            self.task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def fail(self, error: UpstreamError) -> None:
        """End without a backend."""
        outcome = self._release()
        if self._transport is not None:
            self._transport.abort()
        if outcome is not None:
            outcome.dial_failed(error)

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
            self.fail(error)
            return
        outcome = self._release() if answer is not None else None
        if answer is not None and outcome is not None:
            outcome.dial_succeeded(self._transport, answer)

    def eof_received(self) -> bool:
        """The backend ended the connection instead of answering."""
        self.fail(InvalidBackendAnswer("The connection ended before the answer."))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone before the answer."""
        self.fail(BackendUnreachable(f"The connection was lost before the answer: {exc}"))

    def _time_out(self) -> None:
        if self.task is not None:
            self.task.cancel()
        self.fail(BackendTimedOut("No answer to the upgrade in time."))

    def _release(self) -> DialOutcome | None:
        """Stop waiting. Whoever gets the outcome must call it."""
        outcome, self._outcome = self._outcome, None
        self._timer.cancel()
        return outcome
