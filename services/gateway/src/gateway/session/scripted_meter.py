"""A meter for tests, which does what it is told. Shipped beside the Protocol so that every room can use it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.session.meter import Verdict


class ScriptedMeter:
    """Gives one verdict after the other, then FORWARD for ever. Credits are the test's to set."""

    def __init__(self, verdicts: Iterable[Verdict] = (), *, message_credit: int = 0, byte_credit: int = 2**62) -> None:
        self.verdicts = list(verdicts)
        self.message_credit = message_credit
        self.byte_credit = byte_credit
        self.spent_messages = 0
        self.spent_bytes = 0
        self.judged = 0
        self.waiting: list[Callable[[], None]] = []

    def spend(self, messages: int, payload_bytes: int) -> None:
        """See Meter."""
        self.spent_messages += messages
        self.spent_bytes += payload_bytes

    def judge(self, payload_bytes: int) -> Verdict:
        """See Meter."""
        self.judged += 1
        verdict = self.verdicts.pop(0) if self.verdicts else Verdict.FORWARD
        if verdict is Verdict.FORWARD:
            self.spend(1, payload_bytes)
        return verdict

    def when_changed(self, callback: Callable[[], None]) -> "_Entry":
        """See Meter."""
        self.waiting.append(callback)
        return _Entry(self.waiting, callback)

    def change(self) -> None:
        """Call back whoever waits."""
        waiting, self.waiting[:] = list(self.waiting), []
        for callback in waiting:
            callback()


@dataclass
class _Entry:
    waiting: list[Callable[[], None]]
    callback: Callable[[], None]

    def cancel(self) -> None:
        """See Waiting."""
        if self.callback in self.waiting:
            self.waiting.remove(self.callback)
