"""Open sessions: what passes through, and backpressure."""

from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from collections.abc import Callable

import pytest
from websockets.asyncio.client import connect

from backing.eventually import eventually

from .backends import echo_backend, raw_backend
from .plane import SOON, Plane
from .wire import accepting, is_soon, masked, plain, url_of


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_messages_of_every_size_are_echoed_and_counted(
    plane: Plane, is_tls: bool, compression: str | None
) -> None:
    messages: list[str | bytes] = [
        b"",
        b"x",
        bytes(125),
        bytes(126),
        bytes(65_535),
        bytes(65_536),
        bytes(900_000),
        "caf\xe9",
    ]
    async with echo_backend(compression=compression) as url:
        plane.admission.url = url
        async with connect(
            url_of(plane, is_tls=is_tls), ssl=plane.tls if is_tls else None, compression=compression,
            additional_headers={"Authorization": "Bearer t"},
        ) as client:  # fmt: skip
            for message in messages:
                await client.send(message)
                assert await client.recv() == message
            await client.send(iter(["in ", "three ", "parts"]))
            assert await client.recv() == "in three parts"
            await (await client.ping())

            traffic = plane.witness.opened[0].traffic

    assert (traffic.messages_from_client, traffic.messages_from_backend) == (9, 9)
    if compression is None:
        assert traffic.bytes_from_client == traffic.bytes_from_backend == sum(map(len, messages)) + 1 + 14
    await plane.everything_ends()
    assert plane.witness.closed[0].close_code == 1000


async def test_slow_reader_pauses_its_writer(plane: Plane) -> None:
    sent = 0

    async def flood(reader: Reader, writer: Writer) -> None:
        nonlocal sent
        writer.transport.set_write_buffer_limits(high=1)
        while True:
            writer.write(plain(bytes(60_000)))
            await writer.drain()
            sent += 60_000

    async with raw_backend(accepting(flood)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()
        session = plane.witness.opened[0]
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # streams do not type their transport

        await is_soon(lambda: session.stalled_since is not None, "the reader is not seen as stalled")
        before = await _when_steady(lambda: sent)

        assert before < 30_000_000
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]  # as above
        await client.read_exactly(before + 10_000_000)
        assert sent > before
        client.reset()
        await plane.everything_ends()
        await is_soon(lambda: backend.open_count == 0, "the backend's socket leaked")


async def _when_steady(value: Callable[[], int]) -> int:
    """The value once it no longer moves between two looks."""
    last = -1

    def has_settled() -> None:
        nonlocal last
        before, last = last, value()
        assert before == last

    await eventually(has_settled, within=SOON, message="the flood does not stop")
    return last


async def test_one_byte_segments_pass(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        client = await plane.open_session()

        for byte in masked(b"slow but right"):
            client.send(bytes([byte]))
            await client.writer.drain()

        assert await client.read_exactly(16) == plain(b"slow but right")
        client.reset()
        await plane.everything_ends()
