"""Waiting ends as soon as it can, fails at the deadline with a reason, and lets other errors through."""

import asyncio
import time
from datetime import timedelta

import pytest

from backing.eventually import eventually, eventually_sync, free_ports

_SHORT = timedelta(milliseconds=60)
_LONG = timedelta(seconds=20)


async def test_returns_what_the_assertion_returned_once_it_holds() -> None:
    answers = iter([False, False, "value"])

    assert await eventually(lambda: next(answers), within=_LONG, message="it holds") == "value"


async def test_fails_at_the_deadline_with_message_and_reason() -> None:
    async def never() -> None:
        raise AssertionError("still 3 left")

    with pytest.raises(AssertionError, match="the queue is empty: still 3 left"):
        await eventually(never, within=_SHORT, message="the queue is empty")


async def test_attempt_that_hangs_is_cut_off_at_the_deadline() -> None:
    began = time.monotonic()

    with pytest.raises(AssertionError, match="it answers"):
        await eventually(asyncio.Event().wait, within=_SHORT, message="it answers")

    assert time.monotonic() - began < 10


def test_named_errors_are_tried_again_and_others_are_not() -> None:
    errors = iter([ConnectionRefusedError(), KeyError("bug")])

    def attempt() -> None:
        raise next(errors)

    with pytest.raises(KeyError, match="bug"):
        eventually_sync(attempt, within=_LONG, message="it connects", retry_on=(OSError,))


def test_deadline_is_stretched_by_the_time_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_TEST_TIME_SCALE", "4")
    began = time.monotonic()

    with pytest.raises(AssertionError):
        eventually_sync(lambda: False, within=_SHORT, message="never")

    assert time.monotonic() - began >= 4 * _SHORT.total_seconds()


def test_free_ports_are_different() -> None:
    assert len(set(free_ports(20))) == 20
