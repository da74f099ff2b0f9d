"""What can be wrong with the bus, and whether asking again can help.

BusError
├── BusUnavailable       retriable: the broker or the file does not answer, is locked or full
├── BusInUseElsewhere    retriable: another machine has this log file open
├── UnknownTopic         retriable: nobody has created it yet
├── RecordTooLarge       the record itself is refused, for ever
└── PositionOutOfRange   the log does not hold this position: read again from the beginning
    └── LogReplaced      the whole log is another one now
"""

from collections.abc import Collection
from datetime import timedelta
from typing import ClassVar


class BusError(Exception):
    """The root. `code` is stable, `retriable` is what a retry policy reads."""

    code: ClassVar[str] = "bus_error"
    retriable: ClassVar[bool] = False


class BusUnavailable(BusError):
    """The bus does not answer in time; what was sent may or may not have been written."""

    code = "bus_unavailable"
    retriable = True


class BusInUseElsewhere(BusError):
    """Another machine wrote its heartbeat into the log file a moment ago; SQLite's locks do not reach that far."""

    code = "bus_in_use_elsewhere"
    retriable = True

    def __init__(self, machine: str, *, age: timedelta) -> None:
        super().__init__(f"the log is open on another machine ({machine}, heartbeat {age.total_seconds():.1f} s ago)")
        self.machine = machine
        self.age = age


class UnknownTopic(BusError):
    """The log has no such topic; whoever owns it has not created it yet."""

    code = "unknown_topic"
    retriable = True

    def __init__(self, topics: Collection[str]) -> None:
        self.topics = tuple(sorted(topics))
        super().__init__(f"unknown topic: {', '.join(self.topics)}")


class RecordTooLarge(BusError):
    """Key, value and headers together exceed the limit; nothing of the batch was sent."""

    code = "record_too_large"

    def __init__(self, topic: str, key: str, *, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"a record of {topic} has {size_bytes} bytes, the limit is {limit_bytes}")
        self.topic = topic
        self.key = key
        self.size_bytes = size_bytes
        self.limit_bytes = limit_bytes


class PositionOutOfRange(BusError):
    """The log shrank below the position, or has already forgotten what was there: start from the beginning."""

    code = "position_out_of_range"

    def __init__(self, topic: str, partition: int, position: int) -> None:
        super().__init__(f"{topic}/{partition} does not hold position {position}")
        self.topic = topic
        self.partition = partition
        self.position = position


class LogReplaced(PositionOutOfRange):
    """Another cluster or another file answers under the same name; no old position means anything in it."""

    code = "log_replaced"

    def __init__(self) -> None:
        BusError.__init__(self, "the log was replaced by another one")
        self.topic, self.partition, self.position = "", 0, 0
