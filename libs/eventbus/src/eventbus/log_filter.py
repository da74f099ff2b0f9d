"""Keep aiokafka's loggers from flooding: with a broker away they write some forty lines a second.

Installed when a Kafka bus is opened, never at import. It changes only the loggers of aiokafka.
"""

import logging
import time
from collections.abc import Callable

_CLIENT = "aiokafka"
_INTERVAL_SECONDS = 10.0
_TEMPLATES_REMEMBERED = 1000


def limit_client_logs() -> None:
    """Let each message of aiokafka through once in ten seconds, with the number left out; repeating is harmless."""
    for name in list(logging.root.manager.loggerDict):
        if name == _CLIENT or name.startswith(_CLIENT + "."):
            logger = logging.getLogger(name)
            # A filter sees only what its own logger is given, not its children's records: hence one for each.
            if not any(isinstance(existing, OncePerInterval) for existing in logger.filters):
                logger.addFilter(OncePerInterval())


class OncePerInterval(logging.Filter):
    """Passes one record for each message template and interval, and counts those it holds back."""

    def __init__(
        self, *, interval_seconds: float = _INTERVAL_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._passed: dict[tuple[int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass."""
        if len(self._passed) >= _TEMPLATES_REMEMBERED:
            self._passed.clear()
        seen = (record.levelno, str(record.msg))
        last, held_back = self._passed.get(seen, (float("-inf"), 0))
        if self._clock() - last < self._interval_seconds:
            self._passed[seen] = (last, held_back + 1)
            return False
        self._passed[seen] = (self._clock(), 0)
        if held_back:
            record.msg = f"{record.msg} ({held_back} more like this held back)"
        return True
