"""One backend of an API, and for how long it is left alone after a failure.

The suspension is WSO2's: the first time for its duration, then each time `factor` times as long, up to its maximum.
When it ends, one handshake finds out whether the backend works again; until then the others look elsewhere. Pure: the
caller brings the time.
"""

from contracts.publisher import Suspension
from gateway.upstream.endpoint import Endpoint
from gateway.upstream.errors import BackendRefused, UpstreamError

_LONGEST_SECONDS = 86_400.0
_TOLD_EVERY_SECONDS = 10.0


class Backend:
    """Whoever begins must say how it ended: `succeeded`, `failed`, or `given_up`."""

    __slots__ = ("_is_failing", "_is_probed", "_is_told", "_next_seconds", "_rule", "_suspended_until", "_told_at",
                 "endpoint")  # fmt: skip

    def __init__(self, endpoint: Endpoint, *, suspension: Suspension | None = None) -> None:
        self.endpoint = endpoint
        self._rule = suspension
        self._next_seconds = _first_seconds(suspension)
        self._suspended_until = 0.0
        self._is_probed = False
        self._is_failing = self._is_told = False
        self._told_at = float("-inf")

    def seconds_left(self, now: float) -> float:
        """How long it stays suspended; 0 when it may be tried."""
        left = self._suspended_until - now
        return max(left, 1.0) if self._is_probed else max(left, 0.0)

    def begin(self, now: float) -> bool:
        """Whether it may be tried now. The first to come after a suspension tries it for all."""
        if self.seconds_left(now) > 0:
            return False
        self._is_probed = self._suspended_until > 0
        return True

    def succeeded(self) -> None:
        """It answered."""
        self._is_probed = self._is_failing = False
        self._suspended_until = 0.0
        self._next_seconds = _first_seconds(self._rule)

    def failed(self, error: UpstreamError, now: float) -> None:
        """It did not, or not with 101."""
        if isinstance(error, BackendRefused):
            self.succeeded()
            return
        self._is_failing = True
        was_probed, self._is_probed = self._is_probed, False
        is_late = now < self._suspended_until and not was_probed  # Begun before the suspension that holds already.
        if self._rule is None or is_late or not _counts(error, self._rule):
            return
        self._suspended_until = now + self._next_seconds
        longest = self._rule.max_duration_ms / 1000 if self._rule.max_duration_ms else _LONGEST_SECONDS
        self._next_seconds = min(self._next_seconds * self._rule.factor, longest, _LONGEST_SECONDS)

    def given_up(self) -> None:
        """The client went away, so nothing was found out: the next one may try."""
        self._is_probed = False

    def take_news_of_failure(self, now: float) -> bool:
        """Whether the log should be told that it fails: once until it works again, and now and then at the most."""
        if not self._is_failing or self._is_told or now < self._told_at + _TOLD_EVERY_SECONDS:
            return False
        self._is_told, self._told_at = True, now
        return True

    def take_news_of_recovery(self) -> bool:
        """Whether the log was told that it fails, and must be told that it works again."""
        was_told, self._is_told = self._is_told, False
        return was_told


def _first_seconds(rule: Suspension | None) -> float:
    if rule is None:
        return 0.0
    longest = rule.max_duration_ms or rule.duration_ms
    return min(rule.duration_ms, longest) / 1000


def _counts(error: UpstreamError, rule: Suspension) -> bool:
    return not rule.error_codes or bool(error.synapse_codes.intersection(rule.error_codes))
