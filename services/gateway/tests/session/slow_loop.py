"""A loop with one timer, whose time the test moves."""

from collections.abc import Callable


class SlowLoop:
    """Runs timers when it is told that time has passed."""

    def __init__(self) -> None:
        self.now = 1000.4
        self.timer: tuple[float, Callable[[], None]] | None = None
        self.errors: list[dict[str, object]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> "SlowLoop":
        self.timer = (self.now + delay, callback)
        return self

    def cancel(self) -> None:
        self.timer = None

    def call_exception_handler(self, context: dict[str, object]) -> None:
        self.errors.append(context)

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.timer is not None and self.timer[0] <= until:
            (self.now, callback), self.timer = self.timer, None
            callback()
        self.now = until
