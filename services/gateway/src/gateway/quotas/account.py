"""This gateway's share of one quota: what it was granted, what it has spent, and how much it claims next.

Promises: nothing is spent that was not read back as granted, in the window it was granted for; what is unspent and on
its way is together at most a hundredth of the quota divided by the gateways, or one message. With the bus away the
gateway spends at most its fair share of what it knows to be left, and claims it when the bus is back. Bytes may go
into debt by messages in progress, and debts are claimed too.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.quotas.bus_clock import BusClock
from gateway.quotas.fleet import Fleet
from gateway.quotas.ledger import Ledger, Share
from gateway.quotas.sources import LEND_UNTIL_SECONDS, Standing
from gateway.quotas.windows import Window, WindowLength

_BATCHES = 100


class Account:
    """A `Source`. Calls `want` with its name when there is something to claim; then `next_claim` says what."""

    __slots__ = (
        "_claimed",
        "_clock",
        "_fleet",
        "_granted",
        "_leases",
        "_ledger",
        "_length",
        "_lent",
        "_read_back",
        "_spent",
        "_want",
        "amount",
        "name",
        "window",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        length: WindowLength,
        amount: int,
        *,
        ledger: Ledger,
        fleet: Fleet,
        clock: BusClock,
        want: Callable[[str], None],
    ) -> None:
        self.name = name
        self.amount = amount
        self.window = Window(0, 0)
        self._length = length
        self._ledger = ledger
        self._fleet = fleet
        self._clock = clock
        self._want = want
        self._lent = self._leases = 0
        self._granted = self._spent = self._claimed = self._read_back = 0

    # A Source.

    def standing(self, now: float) -> Standing:
        """See Source. Claims where nothing is left."""
        self.turn(now)
        if self._left > 0:
            return Standing.LEFT
        self._claim_if_due()
        return Standing.SPENT if self._fleet.is_cut_off or self._is_claimed_out else Standing.UNKNOWN

    def offer(self, now: float) -> int:
        """See Source. Half of what is left, shared by those who draw: so it is told of use before all is used."""
        self.turn(now)
        return max(min(1, self._left), self._left // (2 * (self._leases + 1)))

    def is_lendable(self, now: float) -> bool:
        """See Source."""
        return now < self.window.end - LEND_UNTIL_SECONDS

    def lend(self, amount: int) -> None:
        """See Source."""
        self._lent += amount
        self._leases += 1

    def settle(self, lent: int, *, used: int, now: float) -> None:
        """See Source."""
        self._lent -= lent
        self._leases -= 1
        self.charge(used, now=now)

    def charge(self, used: int, *, now: float) -> None:
        """See Source. What comes late is charged to the window of now, which makes that one only stricter."""
        self.turn(now)
        self._spent += used
        self._claim_if_due()

    # What it claims.

    def prepare(self, now: float) -> None:
        """Somebody will come soon: claim before."""
        self.turn(now)
        self._claim_if_due()

    def next_claim(self, now: float) -> int | None:
        """What to write, in all in this window; None where nothing has to be written after all."""
        self.turn(now)
        if self._is_due:
            self._claimed = self._spent if self._is_claimed_out else self._claimed + self._batch - self._outstanding
        return self._claimed if self._claimed > self._read_back else None

    @property
    def has_unread_claims(self) -> bool:
        """Whether something is on its way."""
        return self._claimed > self._read_back

    def read_back(self, share: Share, *, claimed: int, is_fresh: bool) -> None:
        """A claim of ours was read. One that was read late is not used: others' claims before it may have been
        compacted away meanwhile, and it would look better than it is.
        """
        if share.window.start > self.window.start:
            self._enter(share.window)
        if share.window != self.window or claimed <= self._read_back:
            return
        self._read_back = claimed
        # A claim that was written although its sending seemed to fail.
        self._claimed = max(self._claimed, claimed)
        if is_fresh:
            self._granted += share.under(self.amount)

    def change_amount(self, amount: int) -> None:
        """The plan has changed. Nothing is granted anew: what others and we have claimed counts against it."""
        self.amount = amount
        if self._is_claimed_out:
            self._granted = min(self._granted, self._spent + self._lent)

    def turn(self, now: float) -> None:
        """Begin a new window when the old one is over. Nothing is taken along."""
        # Back to an older one too: the first guess at the bus's clock may have been wrong.
        if not self.window.start <= now < self.window.end:
            self._enter(self._length.window_at(now))

    def is_idle(self, now: float) -> bool:
        """Whether it may be forgotten: what it knows is of a window that is over."""
        return now >= self.window.end and not self._leases

    def _enter(self, window: Window) -> None:
        was_busy = self._spent > 0
        self.window = window
        self._granted = self._spent = 0
        self._claimed = self._read_back = self._ledger.claimed_by(self._fleet.instance_id, self.name, window)
        # Who was busy goes on: its first message need not wait for the first claim.
        if was_busy:
            self._claim_if_due()

    @property
    def _left(self) -> int:
        left = self._granted - self._spent - self._lent
        return left + self._allowance if self._fleet.is_cut_off else left

    @property
    def _allowance(self) -> int:
        """Beyond what was granted, with the bus away: as if all gateways shared what is left, and never more than a
        fair share of the whole. A grant proves that its window has begun; here the clock must.
        """
        if self._clock.earliest() < self.window.start:
            return 0
        left = self.amount - self._ledger.total(self.name, self.window)
        return max(0, min(self.amount // self._fleet.size - self._granted, left // self._fleet.size))

    @property
    def _is_claimed_out(self) -> bool:
        return self._ledger.total(self.name, self.window) >= self.amount

    @property
    def _batch(self) -> int:
        return max(1, self.amount // (_BATCHES * self._fleet.size))

    @property
    def _outstanding(self) -> int:
        return self._granted - self._spent + self._claimed - self._read_back

    @property
    def _is_due(self) -> bool:
        if self._is_claimed_out:
            # Nothing is left to be granted, but the others are told of what was spent beyond.
            return self._spent > self._claimed
        return self._outstanding <= self._batch // 2

    def _claim_if_due(self) -> None:
        if self._is_due:
            self._want(self.name)
