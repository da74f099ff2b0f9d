"""The timing wheel, on a loop whose time the test moves."""

import asyncio
from datetime import timedelta
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from gateway.session.sweeper import Sweeper

from .slow_loop import SlowLoop

TICK = timedelta(seconds=1)


class Visited:
    """Remembers when it was visited."""

    def __init__(self, *dues: float) -> None:
        self.spoke = -1
        self.dues = list(dues)
        self.visits: list[float] = []

    def sweep(self, now: float) -> float:
        self.visits.append(now)
        return now + self.dues.pop(0) if self.dues else float("inf")


def sweeper_on(loop: SlowLoop) -> Sweeper:
    return Sweeper(cast("asyncio.AbstractEventLoop", loop), tick=TICK)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20))
def test_each_is_visited_within_a_tick_of_being_due(delays: list[float]) -> None:
    loop = SlowLoop()
    sweeper, all_visited = sweeper_on(loop), [Visited() for _ in delays]

    for visited, delay in zip(all_visited, delays, strict=True):
        sweeper.put(visited, due=loop.now + delay)
    loop.pass_time(110)

    for visited, delay in zip(all_visited, delays, strict=True):
        assert len(visited.visits) == 1
        assert 0 <= visited.visits[0] - (1000.4 + delay) <= 2
    assert loop.timer is None


def test_who_is_due_beyond_the_wheel_is_visited_in_between() -> None:
    loop, visited = SlowLoop(), Visited(5)
    sweeper_on(loop).put(visited, due=loop.now + 10_000)

    loop.pass_time(140)

    assert len(visited.visits) == 2


def test_moving_and_removing_leave_nothing_behind() -> None:
    loop, moved, removed = SlowLoop(), Visited(), Visited()
    sweeper = sweeper_on(loop)
    for visited in (moved, removed):
        sweeper.put(visited, due=loop.now + 50)

    sweeper.put(moved, due=loop.now)
    sweeper.remove(removed)
    loop.pass_time(100)

    assert len(moved.visits) == 1
    assert removed.visits == []
    assert loop.timer is None


def test_long_stop_of_the_process_visits_everybody_once() -> None:
    loop, all_visited = SlowLoop(), [Visited() for _ in range(100)]
    sweeper = sweeper_on(loop)
    for index, visited in enumerate(all_visited):
        sweeper.put(visited, due=loop.now + index)

    loop.now += 10_000
    loop.pass_time(1)

    assert all(len(visited.visits) == 1 for visited in all_visited)


def test_fault_in_one_does_not_stop_the_watch_over_the_others() -> None:
    class Faulty(Visited):
        def sweep(self, now: float) -> float:
            raise ValueError

    loop, healthy = SlowLoop(), Visited()
    sweeper = sweeper_on(loop)
    for visited in (Faulty(), healthy):
        sweeper.put(visited, due=loop.now)

    loop.pass_time(5)

    assert (len(healthy.visits), len(loop.errors)) == (1, 1)
