"""Closing what takes cancellations for its own, and what never ends."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from eventbus.kafka_closing import closed_in_time


async def swallow_a_cancellation(has_begun: asyncio.Event) -> None:
    """As aiokafka's client does while it waits for a task that it has cancelled."""
    has_begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


async def raise_a_cancellation() -> None:
    """As its consumer does when its broker is away."""
    raise asyncio.CancelledError


async def fail() -> None:
    raise OSError


async def end() -> None: ...


async def test_a_caller_whose_cancellation_the_close_swallows_is_cancelled_nevertheless() -> None:
    has_begun = asyncio.Event()
    caller = asyncio.create_task(closed_in_time(swallow_a_cancellation(has_begun), within_seconds=0.01))
    await has_begun.wait()

    caller.cancel()

    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_close_that_never_ends_is_given_up() -> None:
    assert not await closed_in_time(swallow_a_cancellation(asyncio.Event()), within_seconds=0.001)


@pytest.mark.parametrize("closing", [raise_a_cancellation, fail])
async def test_a_close_that_fails_is_told_and_raises_nothing(
    closing: Callable[[], Coroutine[None, None, None]],
) -> None:
    assert not await closed_in_time(closing())


async def test_a_close_that_ends_well_is_told() -> None:
    assert await closed_in_time(end())
