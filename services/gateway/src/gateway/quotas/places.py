"""The connections of one quota: who holds how many places, over all gateways, and who waits for one here.

Each gateway writes how many places it needs; in the order of the log a gateway has as many of them as the others'
written numbers leave under the limit. Only the last number of each gateway matters, so what compaction leaves says all.
A number is written before a session opens and lowered after it has closed, so never more sessions are open than places
are held, and never more places held than the limit. A gateway that is gone holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.quotas.fleet import Fleet


@dataclass(frozen=True, slots=True)
class _Held:
    count: int
    version: int
    written_at: float


_IN_DOUBT = -1

Answer = Callable[[bool], None]
"""Called once: whether there is a place, which is then taken."""


class Places:
    """Owns no time: who waits is given an answer by `read_back`, or by `decide_alone` when the bus is away. Calls
    `want` with its name when a number is to be written, which `next_claim` says.
    """

    __slots__ = ("_fleet", "_held", "_others", "_version", "_waiting", "_want", "_written", "limit", "name")

    def __init__(self, name: str, *, fleet: Fleet, want: Callable[[str], None]) -> None:
        self.name = name
        self.limit: int | None = None
        self._fleet = fleet
        self._want = want
        self._held = 0  # sessions, and handshakes that were given a place
        self._written = 0  # the number last written
        self._version: int | None = None  # of the number that is on its way: one at a time, so that none is in doubt
        self._waiting: dict[Answer, None] = {}
        self._others: dict[str, _Held] = {}

    def take(self) -> None:
        """A session where no limit holds; it counts when one is set later."""
        self._held += 1
        if self.limit is not None:
            self._want(self.name)

    def ask(self, answer: Answer) -> None:
        """Somebody wants a place under the limit, and is answered now or later."""
        if self._fleet.is_cut_off:
            self._answer(answer, is_granted=self._held < self._alone)
        elif self._room <= 0:
            answer(False)
        else:
            self._waiting[answer] = None
            self._want(self.name)

    def stop_asking(self, answer: Answer) -> None:
        """Whoever asked is gone; nothing was taken for it unless it was answered."""
        self._waiting.pop(answer, None)

    def give_back(self) -> None:
        """A session has closed, or never opened."""
        self._held -= 1
        if self.limit is not None:
            self._want(self.name)

    def change_limit(self, limit: int | None) -> None:
        """The plan has changed. Nobody is sent away, but nobody comes in before there is room."""
        if limit != self.limit:
            self.limit = limit
            self._want(self.name)

    def next_claim(self, version: int) -> int | None:
        """The number to write, as this version; None where the log has it already or one is on its way."""
        if self._version is not None:
            return None
        needed = self._needed
        if needed == self._written and not self._waiting:
            return None
        self._written, self._version = needed, version
        return needed

    @property
    def has_unread_claims(self) -> bool:
        """Whether a number is on its way."""
        return self._version is not None

    def write_failed(self) -> None:
        """The number may be in the log or not: another one takes its place."""
        self._version, self._written = None, _IN_DOUBT
        self._want(self.name)

    def read_back(self, *, version: int, is_fresh: bool) -> None:
        """A number of ours was read: so many places we have, if the others leave them. See `Account.read_back` for what
        was read late.
        """
        if version != self._version:
            return
        self._version = None
        granted = min(self._written, self._limit - self._held_by_others) if is_fresh else 0
        while self._waiting and self._held < granted:
            self._answer_next(is_granted=True)
        if self._room <= 0:
            while self._waiting:
                self._answer_next(is_granted=False)
        if self._waiting or self._needed != self._written:
            self._want(self.name)

    def read_other(self, gateway: str, *, count: int, version: int, written_at: float) -> None:
        """Another gateway's number was read. An older one than is known comes from a log that is read again."""
        known = self._others.get(gateway)
        if known is None or version > known.version:
            self._others[gateway] = _Held(count, version, written_at)

    def write_again(self) -> None:
        """The others may have taken us for gone."""
        if self._version is None and self._written > 0:
            self._written = _IN_DOUBT
            self._want(self.name)

    def decide_alone(self) -> None:
        """The bus is away: this gateway has its fair share of the places, and at least one."""
        while self._waiting:
            self._answer_next(is_granted=self._held < self._alone)

    def forget_gone(self) -> None:
        """Gateways that are gone, or hold nothing, need not be remembered."""
        self._others = {
            gateway: held
            for gateway, held in self._others.items()
            if held.count and self._fleet.is_alive(gateway, acted_at=held.written_at)
        }

    @property
    def is_idle(self) -> bool:
        """Whether it may be forgotten."""
        return not (self._held or self._waiting or self._others or self.has_unread_claims)

    @property
    def _needed(self) -> int:
        if self.limit is None:
            return 0
        return self._held + max(0, min(len(self._waiting), self._room))

    @property
    def _limit(self) -> int:
        return 2**62 if self.limit is None else self.limit

    @property
    def _alone(self) -> int:
        return max(1, self._limit // self._fleet.size)

    @property
    def _held_by_others(self) -> int:
        is_alive = self._fleet.is_alive
        return sum(held.count for one, held in self._others.items() if is_alive(one, acted_at=held.written_at))

    @property
    def _room(self) -> int:
        return self._limit - self._held_by_others - self._held

    def _answer_next(self, *, is_granted: bool) -> None:
        answer = next(iter(self._waiting))
        del self._waiting[answer]
        self._answer(answer, is_granted=is_granted)

    def _answer(self, answer: Answer, *, is_granted: bool) -> None:
        self._held += is_granted
        answer(is_granted)
