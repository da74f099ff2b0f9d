"""The brake on guessing, by itself."""

from __future__ import annotations

import asyncio

import pytest

from keymanager.authentication.attempts import Attempts
from keymanager.errors import TooManyAttempts

HERE = "192.0.2.1"


class Clock:
    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


async def right() -> str | None:
    return "yes"


async def wrong() -> str | None:
    return None


async def guess(attempts: Attempts, times: int, *, name: str = "anna") -> None:
    for _ in range(times):
        await attempts.guarded(wrong, name=name, source=HERE)


async def test_wait_doubles_with_each_failure_and_is_a_minute_at_most() -> None:
    clock = Clock()
    attempts = Attempts(clock=clock)
    waits: list[int] = []
    await guess(attempts, 4)

    for _ in range(9):
        await guess(attempts, 1)
        with pytest.raises(TooManyAttempts) as refused:
            await attempts.guarded(right, name="anna", source=HERE)
        waits.append(refused.value.retry_after)
        clock.seconds += refused.value.retry_after

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_refused_attempts_do_not_make_the_wait_longer() -> None:
    clock = Clock()
    attempts = Attempts(clock=clock)
    await guess(attempts, 5)

    for _ in range(50):
        with pytest.raises(TooManyAttempts):
            await attempts.guarded(right, name="anna", source=HERE)
    clock.seconds += 1

    assert await attempts.guarded(right, name="anna", source=HERE) == "yes"


async def test_right_secret_forgets_the_failures() -> None:
    attempts = Attempts(clock=Clock())
    await guess(attempts, 4)
    await attempts.guarded(right, name="anna", source=HERE)

    await guess(attempts, 5)

    assert await attempts.guarded(right, name="berta", source=HERE) == "yes"


async def test_other_names_and_sources_are_not_slowed_down() -> None:
    attempts = Attempts(clock=Clock())
    await guess(attempts, 5)

    assert await attempts.guarded(right, name="berta", source=HERE) == "yes"
    assert await attempts.guarded(right, name="anna", source="192.0.2.2") == "yes"


async def test_failures_are_forgotten_after_a_while() -> None:
    clock = Clock()
    attempts = Attempts(clock=clock)
    await guess(attempts, 5)
    clock.seconds += 901

    await guess(attempts, 4)

    assert await attempts.guarded(right, name="anna", source=HERE) == "yes"


async def test_of_a_thousand_parallel_guesses_few_are_checked() -> None:
    checked = 0

    async def check() -> str | None:
        nonlocal checked
        checked += 1
        await asyncio.sleep(0)
        return None

    attempts = Attempts(clock=Clock())
    guesses = (attempts.guarded(check, name="anna", source=HERE) for _ in range(1000))
    await asyncio.gather(*guesses, return_exceptions=True)

    assert checked == 5


async def test_memory_is_bounded() -> None:
    attempts = Attempts(clock=Clock(), max_entries=10)

    for n in range(100):
        await guess(attempts, 1, name=f"name-{n}")

    assert len(attempts._entries) == 10
