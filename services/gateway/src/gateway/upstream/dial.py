"""A handshake's way to a backend: one attempt after the other, until one of them says 101.

Promises that a dial ends in exactly one call of its outcome, unless it was cancelled, within its time: what is left of
it is shared out evenly among the backends that are left to try. An answer other than 101 is the backend's own and is
not asked for elsewhere; every other failure is.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import structlog

from gateway.session.timers import Timers
from gateway.upstream.attempt import Attempt, AttemptOutcome, Way
from gateway.upstream.backend import Backend
from gateway.upstream.backend_group import BackendGroup
from gateway.upstream.endpoint import Endpoint
from gateway.upstream.errors import BackendRefused, BackendsSuspended, UpstreamError
from gateway.upstream.request import UpgradeOffer
from gateway.upstream.response_head import UpgradeAnswer

_log = structlog.get_logger(__name__)


class DialOutcome(Protocol):
    """Who waits for the backend. Called from a callback of the event loop."""

    def dial_succeeded(self, transport: asyncio.Transport, answer: UpgradeAnswer) -> None:
        """The backend has accepted. The transport's protocol must be replaced before this returns."""

    def dial_failed(self, error: UpstreamError) -> None:
        """There will be no backend."""


class DialObserver(Protocol):
    """Counts. Must be quick and must not raise."""

    def backend_failed(self, api_id: str, error: UpstreamError) -> None:
        """An attempt failed; another may yet succeed for the same handshake."""


class Dialer:
    """Starts dials and owns the tasks of their attempts."""

    __slots__ = ("_loop", "_observer", "_tasks", "_timeout", "_timers", "_way")

    def __init__(
        self, way: Way, *, timeout: timedelta = timedelta(seconds=10), observer: DialObserver | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._timers = Timers(self._loop)
        self._way = way
        self._timeout = timeout.total_seconds()
        self._observer = observer
        self._tasks: set[asyncio.Task[None]] = set()

    def start(
        self,
        group: BackendGroup,
        *,
        request_for: Callable[[Endpoint], bytes],
        offer: UpgradeOffer,
        outcome: DialOutcome,
    ) -> "Dial":
        """Begin to dial; the outcome is called later, never from inside this call. Raises what `request_for` raises."""
        now = self._loop.time()
        backends = () if group.fault is not None else group.in_order(now)
        requests = deque([(backend, request_for(backend.endpoint)) for backend in backends])
        seconds = group.connect_seconds or self._timeout
        dial = Dial(self, self._loop, group, requests, offer=offer, outcome=outcome, deadline=now + seconds)
        if not dial.begin(now):
            self._loop.call_soon(dial.end)
        return dial

    def attempt(
        self, endpoint: Endpoint, request: bytes, *, offer: UpgradeOffer, outcome: AttemptOutcome, seconds: float
    ) -> Attempt:
        """Begin an attempt. Where its address is not known it connects in a task of ours."""
        attempt = Attempt(self._loop, self._timers, request=request, offer=offer, outcome=outcome, seconds=seconds)
        addresses = self._way.resolver.known(endpoint.host, endpoint.port)
        if addresses is not None and len(addresses) == 1:
            attempt.open(addresses[0], endpoint, self._way)
        else:
            self._run(attempt, endpoint)
        return attempt

    def _run(self, attempt: Attempt, endpoint: Endpoint) -> None:
        task = attempt.task = self._loop.create_task(attempt.connect(endpoint, self._way))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def observe(self, group: BackendGroup, error: UpstreamError) -> None:
        """Tell who counts."""
        if self._observer is not None:
            self._observer.backend_failed(group.api_id, error)

    async def close(self) -> None:
        """Cancel what is in progress and wait for it to end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._way.resolver.close()


class Dial:
    """One dial in progress."""

    __slots__ = ("_attempt", "_backend", "_deadline", "_dialer", "_error", "_group", "_loop", "_offer", "_outcome",
                 "_requests")  # fmt: skip

    def __init__(
        self,
        dialer: Dialer,
        loop: asyncio.AbstractEventLoop,
        group: BackendGroup,
        requests: deque[tuple[Backend, bytes]],
        *,
        offer: UpgradeOffer,
        outcome: DialOutcome,
        deadline: float,
    ) -> None:
        self._loop = loop
        self._dialer = dialer
        self._group = group
        self._requests = requests
        self._offer = offer
        self._outcome: DialOutcome | None = outcome
        self._deadline = deadline
        self._error = group.fault
        self._backend: Backend | None = None
        self._attempt: Attempt | None = None

    def cancel(self) -> None:
        """Nobody waits any more: drop the connection, call nothing."""
        self._outcome = None
        if self._attempt is not None:
            self._attempt.cancel()
        if self._backend is not None:
            self._backend.given_up()

    def begin(self, now: float) -> bool:
        """Begin with the next backend that may be tried now, if there is one."""
        while self._requests:
            backend, request = self._requests.popleft()
            if backend.begin(now):
                seconds = (self._deadline - now) / (len(self._requests) + 1)
                self._backend = backend
                self._attempt = self._dialer.attempt(
                    backend.endpoint, request, offer=self._offer, outcome=self, seconds=seconds
                )
                return True
        return False

    def end(self) -> None:
        """There is no further backend to try."""
        outcome, self._outcome = self._outcome, None
        if outcome is None:
            return
        error = self._error or BackendsSuspended(self._group.seconds_suspended(self._loop.time()))
        if self._group.fault is not None or isinstance(error, BackendsSuspended):
            self._dialer.observe(self._group, error)
        outcome.dial_failed(error)

    def attempt_succeeded(self, transport: asyncio.Transport, answer: UpgradeAnswer) -> None:
        """See AttemptOutcome."""
        backend, self._backend, self._attempt = self._backend, None, None
        outcome, self._outcome = self._outcome, None
        if backend is not None:
            backend.succeeded()
            if backend.take_news_of_recovery():
                _log.info("a backend works again", api_id=self._group.api_id, backend=backend.endpoint.authority)
        if outcome is None:
            transport.abort()
        else:
            outcome.dial_succeeded(transport, answer)

    def attempt_failed(self, error: UpstreamError) -> None:
        """See AttemptOutcome."""
        backend, self._backend, self._attempt = self._backend, None, None
        if backend is not None:
            self._note_failure(backend, error)
        self._error = error
        if isinstance(error, BackendRefused):
            self._requests.clear()
        if not self.begin(self._loop.time()):
            self.end()

    def _note_failure(self, backend: Backend, error: UpstreamError) -> None:
        now = self._loop.time()
        self._dialer.observe(self._group, error)
        backend.failed(error, now)
        if backend.take_news_of_failure(now):
            _log.warning(
                "a backend fails",
                api_id=self._group.api_id,
                backend=backend.endpoint.authority,
                code=error.code,
                reason=error.detail,
                suspended_seconds=round(backend.seconds_left(now), 3),
            )
