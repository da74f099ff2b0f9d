"""Time limits of many, on a loop whose time the test moves."""

import asyncio
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from gateway.session.timers import Timers

from .slow_loop import SlowLoop

TICK = 0.05


def timers_on(loop: SlowLoop) -> Timers:
    return Timers(cast("asyncio.AbstractEventLoop", loop))


@given(st.lists(st.floats(0, 20), min_size=1, max_size=20))
def test_each_call_comes_once_and_at_most_two_ticks_late(delays: list[float]) -> None:
    loop = SlowLoop()
    timers, begun = timers_on(loop), loop.now
    calls: dict[int, list[float]] = {index: [] for index, _ in enumerate(delays)}

    for index, delay in enumerate(delays):
        timers.call_later(delay, lambda index=index: calls[index].append(loop.now - begun))  # type: ignore[misc]  # a loop's
    loop.pass_time(30)

    for index, delay in enumerate(delays):
        (came,) = calls[index]
        assert delay - 1e-6 <= came <= delay + 2 * TICK + 1e-6


def test_cancelled_call_does_not_come() -> None:
    loop, calls = SlowLoop(), list[str]()
    timers = timers_on(loop)

    timer = timers.call_later(1, lambda: calls.append("cancelled"))
    timers.call_later(1, lambda: calls.append("kept"))
    timer.cancel()
    timer.cancel()
    loop.pass_time(2)

    assert calls == ["kept"]


def test_call_may_start_and_cancel_others() -> None:
    loop, calls = SlowLoop(), list[str]()
    timers = timers_on(loop)
    doomed = timers.call_later(2, lambda: calls.append("cancelled"))

    def first() -> None:
        doomed.cancel()
        timers.call_later(0, lambda: calls.append("second"))

    timers.call_later(1, first)
    loop.pass_time(3)

    assert calls == ["second"]


def test_nothing_runs_where_nothing_is_to_come() -> None:
    loop = SlowLoop()
    timers_on(loop).call_later(1, lambda: None)
    assert loop.timer is not None

    loop.pass_time(2)

    assert loop.timer is None


def test_time_that_was_slept_through_is_made_up_for() -> None:
    loop, calls = SlowLoop(), list[str]()
    timers_on(loop).call_later(1, lambda: calls.append("late"))

    loop.now += 1000
    loop.pass_time(1)

    assert calls == ["late"]


def test_call_that_raises_keeps_no_other_from_coming() -> None:
    loop, calls = SlowLoop(), list[str]()
    timers = timers_on(loop)

    timers.call_later(1, lambda: calls.remove("what is not there"))
    timers.call_later(1, lambda: calls.append("second"))
    loop.pass_time(2)

    assert calls == ["second"]
    assert len(loop.errors) == 1
