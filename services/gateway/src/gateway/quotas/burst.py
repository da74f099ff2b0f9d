"""A plan's burst limit: a bucket of tokens, filled steadily, in this gateway alone (WSO2's `rateLimitCount`)."""

from __future__ import annotations

from gateway.quotas.sources import Standing


class Bucket:
    """A `Source` of messages: at most `count` at once, and `count` more in each so many seconds."""

    __slots__ = ("_count", "_filled_at", "_per_second", "_tokens")

    def __init__(self, *, count: int, seconds: float) -> None:
        self._count = float(count)
        self._per_second = count / seconds
        self._tokens = self._count
        self._filled_at = 0.0

    def change_rate(self, *, count: int, seconds: float) -> None:
        """The plan has changed."""
        self._count, self._per_second = float(count), count / seconds
        self._tokens = min(self._tokens, self._count)

    def standing(self, now: float) -> Standing:
        """See Source."""
        self._fill(now)
        return Standing.LEFT if self._tokens >= 1 else Standing.SPENT

    def offer(self, now: float) -> int:
        """See Source. Half of what is left, so that whoever else draws meanwhile finds some, too."""
        self._fill(now)
        return int(self._tokens + 1) // 2

    def is_lendable(self, now: float) -> bool:
        """See Source; tokens do not end with a window."""
        return True

    def lend(self, amount: int) -> None:
        """See Source."""
        self._tokens -= amount

    def settle(self, lent: int, *, used: int, now: float) -> None:
        """See Source."""
        self._tokens = min(self._count, self._tokens + lent - used)

    def charge(self, used: int, *, now: float) -> None:
        """See Source."""
        self._tokens -= used

    def is_idle(self, now: float) -> bool:
        """Whether it is full, so that a new one is as good."""
        self._fill(now)
        return self._tokens >= self._count

    def _fill(self, now: float) -> None:
        # The bus's clock may be set back; then the bucket fills from there.
        elapsed = max(0.0, now - self._filled_at)
        self._filled_at = now
        self._tokens = min(self._count, self._tokens + elapsed * self._per_second)
