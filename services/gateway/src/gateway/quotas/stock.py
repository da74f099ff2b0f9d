"""The sources of this gateway by name: its accounts in the log, and its burst limits.

An idle one may be forgotten, because a new one knows as much: an account whose window is over, a bucket that is full.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.quotas.account import Account
from gateway.quotas.burst import Bucket
from gateway.quotas.bus_clock import BusClock
from gateway.quotas.fleet import Fleet
from gateway.quotas.ledger import Ledger
from gateway.quotas.rules import Draw, burst_of, length_of, quota_of
from gateway.quotas.sources import Source
from gateway.quotas.windows import seconds_of


class Stock:
    """See the module. `want` is called with the name of an account that has something to claim."""

    __slots__ = ("_accounts", "_buckets", "_clock", "_fleet", "_ledger", "_want")

    def __init__(self, *, ledger: Ledger, fleet: Fleet, clock: BusClock, want: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._fleet = fleet
        self._clock = clock
        self._want = want
        self._accounts: dict[str, Account] = {}
        self._buckets: dict[str, Bucket] = {}

    def source(self, draw: Draw) -> Source:
        """What a meter draws from."""
        return self._bucket(draw) if draw.is_burst else self.account_of(draw)

    def account_of(self, draw: Draw) -> Account:
        """The account of a quota."""
        account = self._accounts.get(draw.name)
        if account is None:
            quota = quota_of(draw)
            account = self._accounts[draw.name] = Account(
                draw.name,
                length_of(quota),
                quota.amount,
                ledger=self._ledger,
                fleet=self._fleet,
                clock=self._clock,
                want=self._want,
            )
        return account

    def account(self, name: str) -> Account | None:
        """The account, while somebody draws from it."""
        return self._accounts.get(name)

    def change(self, draw: Draw) -> None:
        """The plan of a draw is the one that holds from now on."""
        if draw.is_burst:
            burst = burst_of(draw)
            self._bucket(draw).change_rate(count=burst.count, seconds=seconds_of(burst.time_unit))
            return
        amount, account = quota_of(draw).amount, self.account_of(draw)
        if account.amount != amount:
            account.change_amount(amount)

    def forget_idle(self, now: float) -> None:
        """See the module."""
        self._accounts = {name: one for name, one in self._accounts.items() if not one.is_idle(now)}
        self._buckets = {name: one for name, one in self._buckets.items() if not one.is_idle(now)}

    def __len__(self) -> int:
        return len(self._accounts) + len(self._buckets)

    def _bucket(self, draw: Draw) -> Bucket:
        bucket = self._buckets.get(draw.name)
        if bucket is None:
            burst = burst_of(draw)
            bucket = Bucket(count=burst.count, seconds=seconds_of(burst.time_unit))
            self._buckets[draw.name] = bucket
        return bucket
