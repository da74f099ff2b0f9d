"""aiokafka's flood of messages is held back, and ours are not."""

import logging

import aiokafka  # type: ignore[import-untyped]  # no py.typed; imported for its loggers
import pytest

from eventbus.log_filter import OncePerInterval, limit_client_logs


def record(message: str, level: int = logging.ERROR) -> logging.LogRecord:
    return logging.LogRecord("aiokafka", level, __file__, 1, message, ("x",), None)


def test_a_repeated_message_passes_once_and_later_says_how_many_were_held_back() -> None:
    now = 0.0
    once = OncePerInterval(interval_seconds=10, clock=lambda: now)

    passed = [once.filter(record("no %s")) for _ in range(5)]
    now = 11
    late = record("no %s")

    assert passed == [True, False, False, False, False]
    assert once.filter(late)
    assert late.getMessage() == "no x (4 more like this held back)"


def test_different_messages_do_not_hide_each_other() -> None:
    once = OncePerInterval()

    assert once.filter(record("one"))
    assert once.filter(record("two"))
    assert once.filter(record("one", logging.WARNING))


def test_it_is_installed_on_every_logger_of_the_client_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loggers = [logging.getLogger(name) for name in ("aiokafka.conn", "aiokafka.consumer.fetcher", "eventbus.x")]
    for logger in loggers:
        monkeypatch.setattr(logger, "filters", [])

    assert aiokafka.__name__ == "aiokafka"

    limit_client_logs()
    limit_client_logs()

    assert [len(logger.filters) for logger in loggers] == [1, 1, 0]
