"""Which claims are to be written, which are on their way, and for how long an answer is owed.

What is owed for longer than `ANSWERED_WITHIN_SECONDS` says that the bus is away, whichever half of the way it is.
"""

from __future__ import annotations

from collections.abc import Callable

ANSWERED_WITHIN_SECONDS = 1.0

FRESH_SECONDS = 30.0
"""A claim that is read later than this after it was written is not used: the log keeps each record for a minute, so
until then nothing that was written before it can have been compacted away."""


class Outgoing:
    """Names in the order in which they became due; each at most once. `on_due` is called when the first one does."""

    __slots__ = ("_due", "_monotonic", "_on_due", "_owed_since", "_sent_at", "_version", "_wall")

    def __init__(
        self, *, monotonic: Callable[[], float], wall: Callable[[], float], on_due: Callable[[], None]
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._on_due = on_due
        self._due: dict[str, None] = {}
        self._owed_since: dict[str, float] = {}
        self._sent_at: dict[int, float] = {}
        self._version = 0

    def want(self, name: str) -> None:
        """There is something to write."""
        self._owed_since.setdefault(name, self._monotonic())
        if not self._due:
            self._on_due()
        self._due[name] = None

    def begin_batch(self, limit: int) -> tuple[int, list[str]]:
        """The version of the claims that are sent now, and their names."""
        if not self._due:
            return self._version, []
        self._version = max(self._version + 1, int(self._wall() * 1000))
        self._sent_at[self._version] = self._monotonic()
        names = [name for name, _ in zip(self._due, range(limit), strict=False)]
        for name in names:
            del self._due[name]
        return self._version, names

    def sent_at(self, version: int) -> float | None:
        """When the claims of this version were sent; None where that was too long ago to matter."""
        sent_at = self._sent_at.get(version)
        return sent_at if sent_at is not None and self._monotonic() - sent_at <= FRESH_SECONDS else None

    def answered(self, name: str, *, is_more_owed: bool) -> None:
        """A claim was read back."""
        self._owed_since.pop(name, None)
        if is_more_owed or name in self._due:
            self._owed_since[name] = self._monotonic()

    @property
    def is_anything_owed(self) -> bool:
        """Whether anything is due or on its way."""
        return bool(self._owed_since)

    def first_overdue(self) -> str | None:
        """The name that has waited longest for its answer, if that is too long."""
        for name, since in self._owed_since.items():
            return name if self._monotonic() - since > ANSWERED_WITHIN_SECONDS else None
        return None

    def is_due(self, name: str) -> bool:
        """Whether it waits to be written."""
        return name in self._due

    def forget_old_versions(self) -> None:
        """Versions whose answers would come too late."""
        self._sent_at = {version: at for version, at in self._sent_at.items() if self.sent_at(version) is not None}
