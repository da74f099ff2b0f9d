"""Lines reach the stream whole and in order, and never hold up the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from io import StringIO

from backing.eventually import eventually
from telemetry.line_writer import LineWriter

SOON = timedelta(seconds=5)


@asynccontextmanager
async def running(writer: LineWriter) -> AsyncIterator[None]:
    task = asyncio.create_task(writer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


class FullDisk(StringIO):
    """Fails as a stream does whose disk is full."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


async def test_lines_arrive_in_their_order() -> None:
    stream = StringIO()
    writer = LineWriter(stream)
    async with running(writer):
        writer.write("one")
        writer.write("two")

        await eventually(lambda: stream.getvalue() == "one\ntwo\n", within=SOON, message="both lines")


async def test_what_is_left_is_written_at_the_end() -> None:
    stream = StringIO()
    writer = LineWriter(stream)
    async with running(writer):
        await asyncio.sleep(0)
        writer.write("last words")

    assert stream.getvalue() == "last words\n"


async def test_beyond_its_bound_lines_are_lost_and_counted() -> None:
    writer = LineWriter(StringIO(), max_lines=2)

    for _ in range(5):
        writer.write("line")

    assert writer.lost == 3


async def test_a_full_disk_loses_lines_but_stops_nothing() -> None:
    writer = LineWriter(FullDisk())
    async with running(writer):
        writer.write("one")
        await eventually(lambda: writer.lost == 1, within=SOON, message="one is lost")
        writer.write("two")
        await eventually(lambda: writer.lost == 2, within=SOON, message="and another")


async def test_a_reader_that_does_not_read_holds_up_nobody() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    writer = LineWriter(stream, max_lines=10)
    async with running(writer):
        writer.write("x" * 1_000_000)
        await asyncio.sleep(0.2)  # Long enough for the thread to begin; the loop turns meanwhile or this test hangs.
        writer.write("next")

        os.close(reading)
        await eventually(lambda: writer.lost > 0, within=SOON, message="the broken pipe is noticed")
    with suppress(BrokenPipeError):
        stream.close()
