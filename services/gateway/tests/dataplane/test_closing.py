"""What closes a session, which codes are seen, and that nothing is left behind."""

import asyncio
import gc
from asyncio import StreamReader as Reader
from asyncio import StreamWriter as Writer
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.handshake.drain import Drain, DrainTimes
from gateway.session.close_codes import CloseCode, close_frame
from gateway.session.frame_walk import FrameWalk
from gateway.session.limits import SessionLimits
from gateway.session.relay import Relay

from .backends import ACCEPTANCE, RawBackend, answering, echo_backend, raw_backend
from .plane import SOON, Plane, RawClient, reset_connection
from .wire import accepting, close_code_in, is_soon, masked, plain


@pytest.mark.parametrize("code", [1000, 1001, 1008, 3000, 4999])
async def test_close_of_the_client_passes_with_its_code(plane: Plane, code: int) -> None:
    seen = bytearray()

    async def answer_close(reader: Reader, writer: Writer) -> None:
        seen.extend(await reader.readexactly(6 + 2 + 3))
        writer.write(close_frame(code, "bye", masked=False))

    async with raw_backend(accepting(answer_close)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()
        frame = close_frame(code, "bye", masked=True)

        client.send(frame)

        assert await client.read_all() == close_frame(code, "bye", masked=False)
        assert bytes(seen) == frame
        await client.close()
        await plane.everything_ends()
    assert (plane.witness.closed[0].close_code, plane.witness.closed[0].closer) == (code, "client")


async def test_close_of_the_backend_passes_with_its_code_and_reason(plane: Plane) -> None:
    async def close_first(reader: Reader, writer: Writer) -> None:
        writer.write(plain(b"last") + close_frame(4321, "over", masked=False))
        await reader.read()

    async with raw_backend(accepting(close_first)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        expected = plain(b"last") + close_frame(4321, "over", masked=False)
        assert await client.read_exactly(len(expected)) == expected
        client.send(close_frame(4321, "", masked=True))
        assert await client.read_all() == b""
        await client.close()
        await plane.everything_ends()
    assert (plane.witness.closed[0].close_code, plane.witness.closed[0].closer) == (4321, "backend")


async def test_ended_session_is_freed_without_the_garbage_collector(plane: Plane) -> None:
    gc.collect()
    gc.disable()
    try:
        before = _relays()
        async with echo_backend() as url:
            plane.admission.url = url
            client = await plane.open_session()
            assert _relays() == before + 1

            client.send(close_frame(1000, "", masked=True))
            await client.read_all()
            await client.close()
            await plane.everything_ends()
        plane.witness.forget_sessions()

        await is_soon(lambda: _relays() == before, "the relay is freed")
    finally:
        gc.enable()


def _relays() -> int:
    return sum(type(each) is Relay for each in gc.get_objects())


async def test_half_closing_behind_a_close_still_gets_the_answer(plane: Plane) -> None:
    async def answer_late(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(10 + 8)
        await asyncio.sleep(0.05)  # The half-close must be there before the answer; nothing on this side shows it.
        writer.write(plain(b"last") + close_frame(1000, "", masked=False))

    async with raw_backend(accepting(answer_late)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        client.send(masked(b"last") + close_frame(1000, "", masked=True))
        client.writer.write_eof()

        assert await client.read_all() == plain(b"last") + close_frame(1000, "", masked=False)
        await client.close()
        await plane.everything_ends()


@pytest.mark.parametrize("ending", ["fin", "reset"])
@pytest.mark.parametrize("is_tls", [False, True])
async def test_lost_backend_is_told_with_1011(plane: Plane, ending: str, is_tls: bool) -> None:
    async def vanish(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(8)
        if ending == "reset":
            reset_connection(writer)

    async with raw_backend(accepting(vanish)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session(is_tls=is_tls)
        client.send(masked(b"go"))

        frame = await client.read_exactly(4)
        assert close_code_in(frame + await client.read_exactly(frame[1] - 2)) == CloseCode.INTERNAL_ERROR

        client.send(close_frame(1011, "", masked=True))
        assert await client.read_all() == b""
        await client.close()
        await plane.everything_ends()
    assert plane.witness.closed[0].closer == "backend"


async def test_backend_lost_in_the_middle_of_a_frame_ends_without_a_close(plane: Plane) -> None:
    async def half_a_frame(reader: Reader, writer: Writer) -> None:
        writer.write(plain(bytes(1000))[:500])

    async with raw_backend(accepting(half_a_frame)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        stream = await client.read_all()

        assert stream == plain(bytes(1000))[:500]
        await client.close()
        await plane.everything_ends()


@pytest.mark.parametrize("ending", ["fin", "reset"])
async def test_lost_client_is_told_to_the_backend_with_1001(plane: Plane, ending: str) -> None:
    seen = bytearray()

    async def listen(reader: Reader, writer: Writer) -> None:
        seen.extend(await reader.readexactly(9))
        seen.extend(await reader.read())

    async with raw_backend(accepting(listen)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()
        client.send(masked(b"abc"))
        await is_soon(lambda: len(seen) == 9, "the message did not pass")

        if ending == "reset":
            client.reset()
        else:
            await client.close()

        await plane.everything_ends()
        await is_soon(lambda: backend.open_count == 0, "the backend's socket leaked")
    assert close_code_in(bytes(seen), is_masked=True) == CloseCode.GOING_AWAY
    assert plane.witness.closed[0].close_code == 1006


async def test_client_lost_in_the_middle_of_a_frame_frees_the_backend(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()
        client.send(masked(bytes(1000))[:500])
        await client.close()

        await plane.everything_ends()
        await is_soon(lambda: backend.open_count == 0, "the backend's socket leaked")


@pytest.mark.parametrize("is_tls", [False, True])
async def test_close_of_the_gateway_reaches_both_sides(plane: Plane, is_tls: bool) -> None:
    async with raw_backend(answering(ACCEPTANCE + plain(b"hello"))) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session(is_tls=is_tls)
        assert await client.read_exactly(7) == plain(b"hello")

        count = plane.registry.close_where(lambda each: each.labels.api_id == "echo", code=4001)

        assert count == 1
        frame = close_frame(4001, masked=False)
        assert await client.read_exactly(len(frame)) == frame
        client.send(close_frame(4001, masked=True))
        assert await client.read_all() == b""
        await client.close()
        await plane.everything_ends()
        await is_soon(lambda: backend.open_count == 0, "the backend's socket leaked")


async def test_close_waits_for_the_end_of_the_frame_in_progress(plane: Plane) -> None:
    go_on = asyncio.Event()
    big = plain(bytes(100_000))

    async def slow_frame(reader: Reader, writer: Writer) -> None:
        writer.write(big[:50_000])
        await go_on.wait()
        writer.write(big[50_000:] + plain(b"too late"))
        await reader.read()

    async with raw_backend(accepting(slow_frame)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()
        first = await client.read_exactly(50_000)

        plane.witness.opened[0].close(1012)
        go_on.set()

        close = close_frame(1012, masked=False)
        rest = await client.read_exactly(len(big) - 50_000 + len(close))
        assert first + rest == big + close
        client.send(close_frame(1012, masked=True))
        assert await client.read_all() == b""
        await client.close()
        await plane.everything_ends()


async def test_close_is_bounded_when_nobody_answers(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        plane.witness.opened[0].close(1012, "again")

        assert close_code_in(await client.read_all(within=timedelta(seconds=2))) == 1012
        await client.close()
        await plane.everything_ends()


async def test_close_survives_a_flooding_client(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        client = await plane.open_session()
        flood = asyncio.create_task(_flood(client))
        await client.read_exactly(1000)

        plane.witness.opened[0].close(1008)

        # After the linger time a client that goes on flooding is reset; it has had its Close long before.
        assert await _read_close_code(client) == 1008
        flood.cancel()
        await asyncio.gather(flood, return_exceptions=True)
        await client.close()
        await plane.everything_ends()


FLOOD = masked(bytes(98))


async def _read_close_code(client: RawClient) -> int | None:
    walk = FrameWalk(masked=False)
    async with asyncio.timeout(SOON.total_seconds()):
        while not walk.alert:
            walk.feed(await client.reader.read(65_536))
    return walk.close_code


async def _flood(client: RawClient) -> None:
    while True:
        client.send(FLOOD * 100)
        await client.writer.drain()


VIOLATIONS = {
    "unmasked": (b"\x82\x01a", 1002),
    "rsv": (b"\xf2\x80abcd", 1002),
    "too big": (masked(bytes(2000)), 1009),
}


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize(("bad", "code"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
async def test_client_that_breaks_the_protocol_gets_its_answers_then_the_code(
    plane: Plane, bad: bytes, code: int, is_tls: bool
) -> None:
    async def echo_then_answer_close(reader: Reader, writer: Writer) -> None:
        await reader.readexactly(10)
        writer.write(plain(b"good"))
        close = await reader.readexactly(2)
        await reader.readexactly(4 + (close[1] & 0x7F))
        writer.write(close_frame(1000, "mine", masked=False))

    async with raw_backend(accepting(echo_then_answer_close)) as backend:
        plane.admission.url = backend.url
        plane.admission.answer = lambda _: replace(
            plane.admission.admitted(), limits=SessionLimits(max_message_bytes=1000)
        )
        client = await plane.open_session(is_tls=is_tls)

        client.send(masked(b"good") + bad + masked(b"never"))

        stream = await client.read_all()
        assert stream.startswith(plain(b"good"))
        assert b"never" not in stream
        assert close_code_in(stream) == code
        await client.close()
        await plane.everything_ends()


async def test_client_that_breaks_the_protocol_is_told_although_the_backend_is_silent(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        client.send(b"\x82\x01a")

        assert close_code_in(await client.read_all()) == 1002
        await client.close()
        await plane.everything_ends()


async def test_backend_that_breaks_the_protocol_is_1014_for_the_client(plane: Plane) -> None:
    seen = bytearray()

    async def bad_frame(reader: Reader, writer: Writer) -> None:
        writer.write(plain(b"ok") + masked(b"masked"))
        seen.extend(await reader.read())

    async with raw_backend(accepting(bad_frame)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        stream = await client.read_exactly(4)
        close = close_frame(1014, masked=False)
        assert (stream, await client.read_exactly(len(close))) == (plain(b"ok"), close)
        client.send(close_frame(1014, masked=True))
        await client.read_all()
        await client.close()
        await plane.everything_ends()
    assert close_code_in(bytes(seen), is_masked=True) == CloseCode.PROTOCOL_ERROR


async def test_stalled_client_can_be_closed_in_bounded_time(plane: Plane) -> None:
    async def flood(reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(plain(bytes(60_000)))
            await writer.drain()

    async with raw_backend(accepting(flood)) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # streams do not type their transport
        session = plane.witness.opened[0]
        await is_soon(lambda: session.stalled_since is not None, "the reader is not seen as stalled")

        session.close(1013)

        await plane.everything_ends()
        await is_soon(lambda: backend.open_count == 0, "the backend's socket leaked")
        client.reset()


async def test_first_frames_behind_the_101_are_not_lost(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE + plain(b"first") + b"\x82")) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session()

        assert await client.read_exactly(7) == plain(b"first")
        client.reset()
        await plane.everything_ends()


async def test_drain_closes_all_at_a_pace_and_loses_no_answer(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        clients = [await plane.open_session() for _ in range(20)]
        for client in clients:
            client.send(masked(b"question"))
        await is_soon(lambda: all(each.traffic.messages_from_backend for each in plane.registry), "no answers")
        streams = [asyncio.create_task(_read_and_answer_close(client)) for client in clients]

        times = DrainTimes(delay=timedelta(0), duration=timedelta(seconds=0.3), grace=SOON)
        await Drain([plane.ws, plane.wss], plane.reception, times=times, refuse=lambda: None).run()

        assert {await stream for stream in streams} == {plain(b"question") + close_frame(1012, masked=False)}


async def _read_and_answer_close(client: RawClient) -> bytes:
    stream = await client.read_exactly(10 + len(close_frame(1012, masked=False)))
    client.send(close_frame(1012, masked=True))
    assert await client.read_all() == b""
    await client.close()
    return stream


async def test_hundred_sessions_end_with_their_backend(plane: Plane) -> None:
    connections: list[Writer] = []

    async def wait(reader: Reader, writer: Writer) -> None:
        connections.append(writer)
        await reader.read()

    async with raw_backend(accepting(wait)) as backend:
        plane.admission.url = backend.url
        clients = [await plane.open_session() for _ in range(100)]
        for writer in connections:
            reset_connection(writer)

        codes = {close_code_in(await client.read_all()) for client in clients}

        assert codes == {CloseCode.INTERNAL_ERROR}
        for client in clients:
            await client.close()
        await plane.everything_ends()
        assert _is_idle(backend)


def _is_idle(backend: RawBackend) -> bool:
    return backend.open_count == 0
