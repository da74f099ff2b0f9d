"""What all gateways have claimed, folded in the order of the log.

Promises: whoever reads the whole log and whoever reads what compaction left of it come to the same total, since claims
are cumulative; a claim that was stamped in another window than it names counts for nobody; duplicates change nothing.
Keeps one window of each quota and forgets it when it has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.quotas.names import length_of
from gateway.quotas.windows import Window


@dataclass(frozen=True, slots=True)
class Share:
    """A claim's place in the window: it raised the claimer's total by `rise`, when all had claimed `before`."""

    window: Window
    before: int
    rise: int

    def under(self, amount: int) -> int:
        """How much of it is granted when there is so much for all."""
        return max(0, min(self.rise, amount - self.before))


@dataclass(slots=True)
class _Claims:
    window: Window
    total: int = 0
    by_gateway: dict[str, int] = field(default_factory=dict)


class Ledger:
    """See the module."""

    __slots__ = ("_claims",)

    def __init__(self) -> None:
        self._claims: dict[str, _Claims] = {}

    def __len__(self) -> int:
        return len(self._claims)

    def enter(self, quota: str, *, gateway: str, window: str, claimed: int, written_at: float) -> Share | None:
        """A claim was read, stamped `written_at`. None: it is void."""
        length = length_of(quota)
        stamped_in = length.window_at(written_at) if length else None
        if stamped_in is None or window != str(stamped_in.start):
            return None
        claims = self._claims.get(quota)
        if claims is None or claims.window.start < stamped_in.start:
            claims = self._claims[quota] = _Claims(stamped_in)
        if claims.window != stamped_in:
            return None
        return _raised(claims, gateway, claimed)

    def total(self, quota: str, window: Window) -> int:
        """What all have claimed in this window, as far as it was read."""
        claims = self._claims.get(quota)
        return claims.total if claims is not None and claims.window.start == window.start else 0

    def claimed_by(self, gateway: str, quota: str, window: Window) -> int:
        """What one of them has claimed in this window, as far as it was read."""
        claims = self._claims.get(quota)
        return claims.by_gateway.get(gateway, 0) if claims is not None and claims.window == window else 0

    def forget_ended(self, *, before: float) -> None:
        """Windows that ended before this moment are over at the bus."""
        self._claims = {name: claims for name, claims in self._claims.items() if claims.window.end > before}


def _raised(claims: _Claims, gateway: str, claimed: int) -> Share:
    had = claims.by_gateway.get(gateway, 0)
    share = Share(claims.window, claims.total, max(0, claimed - had))
    if share.rise:
        claims.by_gateway[gateway] = claimed
        claims.total += share.rise
    return share
