"""Whether an API may have a backend, by the rules of `libs/backends`, and whether it answers now.

Gateways check again when they dial, since a name may lead elsewhere by then; so a name that is not found here and now
is accepted. What becomes of a dial is told when its time is over, in one form for every failure: neither text nor time
tells an open port from a closed one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from backends.address_rules import AddressRules
from backends.errors import ForbiddenBackend
from backends.host_spelling import IPAddress, check_host_spelling
from publisher.backend_access.look_ups import LookUps, SystemLookUps
from publisher.domain.endpoint_url import host_and_port

DIAL_TIME = timedelta(seconds=3)
SWITCHING_PROTOCOLS = 101
_MAX_DIALS = 16
# A backend that has accepted may take its time to say goodbye.
_CLOSE_SECONDS = 0.5


class BackendAccess:
    """Owns no tasks: what it does ends with the call."""

    def __init__(
        self, rules: AddressRules, *, look_ups: LookUps | None = None, dial_time: timedelta = DIAL_TIME
    ) -> None:
        self._rules = rules
        self._look_ups = look_ups or SystemLookUps()
        self._dial_seconds = dial_time.total_seconds()
        self._dials = asyncio.Semaphore(_MAX_DIALS)

    async def refusal(self, url: str) -> str | None:
        """Why no API may have the backend; None: it may. The URL's form was checked."""
        host, port = host_and_port(url)
        try:
            self._rules.check_host(host, port)
        except ForbiddenBackend as error:
            return str(error)
        if not all(self._rules.may_dial(host, address, port) for address in await self._addresses(host)):
            return "its host has an address that is private or reserved; SLUICE_BACKEND_ALLOW can allow it"
        return None

    async def status_of(self, url: str) -> int | None:
        """The HTTP status with which the backend answers a handshake; None for everything else, after the same time."""
        end = asyncio.get_running_loop().time() + self._dial_seconds
        try:
            async with asyncio.timeout_at(end), self._dials:
                status = await self._dial(url)
        except (OSError, ValueError, TimeoutError, WebSocketException):
            status = None
        if status is None:
            await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))
        return status

    async def _addresses(self, host: str) -> Sequence[IPAddress]:
        literal = check_host_spelling(host)
        if literal is not None:
            return (literal,)
        return () if self._rules.allow.names_host(host) else await self._look_ups.look_up(host)

    async def _dial(self, url: str) -> int | None:
        host, port = host_and_port(url)
        literal = check_host_spelling(host)
        found = (literal,) if literal is not None else await self._look_ups.look_up(host)
        permitted = [address for address in found if self._rules.may_dial(host, address, port)]
        if not permitted:
            return None
        # To the address that was judged: the name is not looked up a second time.
        try:
            async with _WithoutRedirects(
                url, host=str(permitted[0]), port=port, proxy=None, open_timeout=None, close_timeout=_CLOSE_SECONDS
            ):
                return SWITCHING_PROTOCOLS
        except InvalidStatus as error:
            return error.response.status_code


class _WithoutRedirects(connect):
    """A redirect is the backend's answer, not a way around the rules."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
