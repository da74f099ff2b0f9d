"""A coroutine that is run without a task."""

import asyncio

import pytest

from gateway.upstream.connecting import Connecting


class Awaiting:
    """Awaits one future after the other, and says what came of it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.first, self.second = loop.create_future(), loop.create_future()
        self.ended = asyncio.Event()
        self.results: list[str] = []
        self.failures: list[Exception] = []

    def run(self) -> Connecting:
        return Connecting(self._await_both(), on_failure=self.failures.append)

    async def end(self) -> None:
        async with asyncio.timeout(5):
            await self.ended.wait()

    async def _await_both(self) -> None:
        try:
            self.results.append(await self.first)
            self.results.append(await self.second)
        finally:
            self.ended.set()


async def test_goes_on_with_what_each_future_brings() -> None:
    awaiting = Awaiting()
    awaiting.run()

    awaiting.first.set_result("one")
    awaiting.second.set_result("two")
    await awaiting.end()

    assert (awaiting.results, awaiting.failures) == (["one", "two"], [])


async def test_failure_of_a_future_is_told_once() -> None:
    awaiting, failure = Awaiting(), ConnectionRefusedError()
    awaiting.run()

    awaiting.first.set_exception(failure)
    await awaiting.end()

    assert (awaiting.results, awaiting.failures) == ([], [failure])


async def test_failure_at_once_is_told_too() -> None:
    awaiting = Awaiting()
    awaiting.first.set_exception(ConnectionRefusedError())

    awaiting.run()

    assert len(awaiting.failures) == 1


@pytest.mark.parametrize("steps", [0, 1])
async def test_cancelled_one_ends_and_tells_nobody(steps: int) -> None:
    awaiting = Awaiting()
    if steps:
        awaiting.first.set_result("one")

    awaiting.run().cancel()
    await awaiting.end()

    assert awaiting.failures == []
    assert awaiting.results == ["one"][:steps]
