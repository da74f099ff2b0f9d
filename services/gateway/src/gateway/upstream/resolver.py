"""From an endpoint's host to the addresses that may be dialled.

Promises that every address is judged by the rules before it is dialled, so a name that resolves to a forbidden place
leads nowhere, also when DNS answers otherwise the second time. An answer is used for `FRESH`; after that it is still
used while the next one is fetched, but never once it is `OLD`, so a changed address is found within that time. Only
while DNS itself fails is an older one better than none.
"""

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from backends.address_rules import AddressRules
from backends.errors import ForbiddenBackend
from backends.host_spelling import check_host_spelling
from gateway.upstream.errors import BackendForbidden, BackendUnreachable
from gateway.upstream.look_ups import LookUpFailed, LookUps

FRESH_SECONDS = 5.0
OLD_SECONDS = 25.0
# How long a handshake waits for a new answer where there is an old one.
PATIENCE = timedelta(seconds=2)
# For how long an address is believed that DNS has not been able to confirm.
USELESS_SECONDS = 86_400.0

_MAX_REMEMBERED = 4096
_FOR_EVER = float("inf")


class Resolver(Protocol):
    """Finds where to dial."""

    def known(self, host: str, port: int) -> Sequence[str] | None:
        """The same as `resolve`, where nothing has to be waited for or refused; else None."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Return permitted addresses, best first, never none. Raises BackendUnreachable or BackendForbidden."""

    async def close(self) -> None:
        """Stop what runs in the background."""


@dataclass(slots=True)
class _Answer:
    """`ask_again_at` moves when DNS fails; `learnt_at` does not. `permitted` remembers the rules' verdict by port."""

    addresses: tuple[str, ...]
    learnt_at: float
    ask_again_at: float
    permitted: dict[int, tuple[str, ...]] = field(default_factory=dict)


class SystemResolver:
    """Asks the operating system. Owns one task for each name that is looked up; `close` cancels them."""

    __slots__ = ("_answers", "_clock", "_look_ups", "_patience", "_refreshing", "_rules")

    def __init__(
        self,
        rules: AddressRules,
        *,
        look_ups: LookUps | None = None,
        clock: Callable[[], float] | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._rules = rules
        self._look_ups = look_ups or LookUps()
        self._clock = clock or asyncio.get_running_loop().time
        self._patience = patience.total_seconds()
        self._answers: dict[str, _Answer] = {}
        self._refreshing: dict[str, asyncio.Task[_Answer]] = {}

    def known(self, host: str, port: int) -> Sequence[str] | None:
        """See Resolver."""
        answer = self._answers.get(host)
        if answer is None or self._clock() > answer.ask_again_at:
            return None
        return answer.permitted.get(port) or None

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """See Resolver."""
        answer, now = self._answers.get(host), self._clock()
        if answer is None:
            answer = await self._first_answer(host, port)
        elif now > answer.ask_again_at + OLD_SECONDS - FRESH_SECONDS:
            answer = await self._newer_answer(host, answer)
        elif now > answer.ask_again_at:
            self._refresh(host)
        return self._permitted(answer, host=host, port=port)

    async def close(self) -> None:
        """See Resolver."""
        refreshing = tuple(self._refreshing.values())
        for task in refreshing:
            task.cancel()
        await asyncio.gather(*refreshing, return_exceptions=True)

    def _permitted(self, answer: _Answer, *, host: str, port: int) -> Sequence[str]:
        permitted = answer.permitted.get(port)
        if permitted is None:
            permitted = answer.permitted[port] = tuple(
                each for each in answer.addresses if self._rules.may_dial(host, ipaddress.ip_address(each), port)
            )
        if not permitted:
            raise BackendForbidden(f"{host} has no permitted address")
        return permitted

    async def _first_answer(self, host: str, port: int) -> _Answer:
        try:
            self._rules.check_host(host, port)
        except ForbiddenBackend as error:
            raise BackendForbidden(str(error)) from error
        literal = check_host_spelling(host)
        if literal is not None:
            return self._remember(host, (str(literal),), ask_again_at=_FOR_EVER)
        try:
            return await asyncio.shield(self._refresh(host))
        except LookUpFailed as error:
            raise BackendUnreachable(str(error)) from error

    async def _newer_answer(self, host: str, old: _Answer) -> _Answer:
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(self._refresh(host))
        except (TimeoutError, LookUpFailed) as error:
            is_final = isinstance(error, LookUpFailed) and error.is_final
            if is_final or self._clock() > old.learnt_at + USELESS_SECONDS:
                self._answers.pop(host, None)
                raise BackendUnreachable(str(error) or f"{host} could not be looked up") from error
            # The others need not wait for what is late; they ask again in the background.
            old.ask_again_at = self._clock()
            return old

    def _refresh(self, host: str) -> asyncio.Task[_Answer]:
        """The look-up that runs for this name, or a new one; shield it when you await it."""
        running = self._refreshing.get(host)
        if running is None:
            running = self._refreshing[host] = asyncio.get_running_loop().create_task(self._ask(host))
            running.add_done_callback(_look_at_the_error)
        return running

    async def _ask(self, host: str) -> _Answer:
        try:
            addresses = await self._look_ups.look_up(host)
        finally:
            del self._refreshing[host]
        return self._remember(host, addresses, ask_again_at=self._clock() + FRESH_SECONDS)

    def _remember(self, host: str, addresses: tuple[str, ...], *, ask_again_at: float) -> _Answer:
        known = self._answers.pop(host, None)
        if known is None and len(self._answers) >= _MAX_REMEMBERED:
            del self._answers[next(iter(self._answers))]  # The one that was learnt longest ago.
        answer = self._answers[host] = _Answer(addresses, self._clock(), ask_again_at)
        return answer


def _look_at_the_error(task: asyncio.Task[_Answer]) -> None:
    """Nobody waits for a refresh in the background."""
    if not task.cancelled():
        task.exception()
