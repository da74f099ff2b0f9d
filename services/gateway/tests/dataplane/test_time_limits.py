"""What the sweeper does to open sessions: pings, dead peers, idleness, age, expiry, stalls, frames that never end."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from gateway.session.close_codes import CloseCode, close_frame
from gateway.session.limits import SessionLimits
from gateway.session.meter import Verdict
from gateway.session.scripted_meter import ScriptedMeter
from gateway.session.sweeper import Sweeper

from .backends import ACCEPTANCE, answering, echo_backend, raw_backend
from .plane import Plane, RawClient, open_plane
from .wire import Reader, Writer, accepting, close_code_in, is_soon, masked, plain, url_of

PINGS = SessionLimits(
    ping_interval=timedelta(seconds=0.1), ping_timeout=timedelta(seconds=0.2), stall_timeout=timedelta(seconds=30)
)


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    """With a sweeper that comes round a hundred times a second."""
    async with open_plane() as opened:
        opened.reception.sweeper = Sweeper(opened.reception.loop, tick=timedelta(seconds=0.01))
        yield opened


async def open_limited(plane: Plane, limits: SessionLimits, *, expires_in: float | None = None) -> RawClient:
    expires_at = None if expires_in is None else time.time() + expires_in
    plane.admission.answer = lambda _: replace(plane.admission.admitted(), limits=limits, expires_at=expires_at)
    return await plane.open_session()


@asynccontextmanager
async def listening(seen: bytearray, first: bytes = b"") -> AsyncIterator[str]:
    """A backend that says something and then only listens."""

    async def listen(reader: Reader, writer: Writer) -> None:
        writer.write(first)
        while data := await reader.read(65_536):
            seen.extend(data)

    async with raw_backend(accepting(listen)) as backend:
        yield backend.url


def frames_in(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """First byte and unmasked payload of the short frames in ``stream``."""
    while stream:
        length, is_masked = stream[1] & 0x7F, stream[1] & 0x80
        start = 6 if is_masked else 2
        mask = stream[2:6] if is_masked else bytes(4)
        payload = stream[start : start + length]
        yield stream[0], bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))
        stream = stream[start + length :]


async def test_both_sides_are_pinged_and_only_the_gateways_own_pongs_are_swallowed(plane: Plane) -> None:
    seen = bytearray()
    async with listening(seen) as url:
        plane.admission.url = url
        client = await open_limited(plane, PINGS)
        ping = await client.read_exactly(10)
        await is_soon(lambda: len(seen) >= 14, "the backend was not pinged")

        client.send(masked(ping[2:], 10) + masked(b"mine", 10) + masked(b"data"))

        assert ping[:2] == b"\x89\x08"
        await is_soon(lambda: (0x82, b"data") in frames_in(bytes(seen)), "the data did not pass")
        kinds = [(first, payload) for first, payload in frames_in(bytes(seen)) if first != 0x89]
        assert kinds == [(0x8A, b"mine"), (0x82, b"data")]
        client.reset()
        await plane.everything_ends()


async def test_peers_that_answer_pings_stay(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        plane.admission.answer = lambda _: replace(plane.admission.admitted(), limits=PINGS)
        async with connect(url_of(plane), additional_headers={"Authorization": "Bearer t"}) as client:
            await asyncio.sleep(0.6)  # Nothing is to happen, so there is nothing to wait for.
            await client.send("still there")
            assert await client.recv() == "still there"


async def test_dead_client_is_found_and_the_backend_told(plane: Plane) -> None:
    backends: list[ServerConnection] = []

    async def serve_one(connection: ServerConnection) -> None:
        backends.append(connection)
        await connection.wait_closed()

    async with serve(serve_one, "127.0.0.1", 0) as server:
        plane.admission.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
        client = await open_limited(plane, PINGS)

        await is_soon(lambda: len(plane.witness.closed) == 1, "the dead client was not found")

        assert (plane.witness.closed[0].close_code, plane.witness.closed[0].closer) == (1006, "client")
        await is_soon(lambda: backends[0].close_code == CloseCode.GOING_AWAY, "the backend was not told")
        client.reset()


async def test_dead_backend_is_found_and_the_client_told(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, PINGS)
        stream = b""

        while close_code_in(stream) is None:
            frame = await client.read_exactly(2)
            stream += frame + (payload := await client.read_exactly(frame[1]))
            if frame[0] == 0x89:
                client.send(masked(payload, 10))

        assert close_code_in(stream) == CloseCode.INTERNAL_ERROR
        await client.close()
        await plane.everything_ends()


async def test_peer_that_sends_but_never_answers_pings_stays(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        client = await open_limited(plane, PINGS)

        for _ in range(15):
            client.send(masked(b"x"))
            await asyncio.sleep(0.05)  # The rhythm of this client.

        assert plane.witness.closed == []
        client.reset()
        await plane.everything_ends()


async def test_ping_waits_for_the_end_of_the_frame_in_progress(plane: Plane) -> None:
    go_on = asyncio.Event()
    frame = plain(bytes(20_000))

    async def slow_frame(reader: Reader, writer: Writer) -> None:
        writer.write(frame[:10_000])
        await go_on.wait()
        writer.write(frame[10_000:])
        await reader.read()

    async with raw_backend(accepting(slow_frame)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, replace(PINGS, ping_timeout=timedelta(seconds=3)))
        first = await client.read_exactly(10_000)
        session = plane.witness.opened[0]
        await is_soon(lambda: session._relay.backend.has_inserts_due, "no ping is due")

        go_on.set()

        rest = await client.read_exactly(len(frame) - 10_000 + 10)
        assert (first + rest)[: len(frame)] == frame
        assert rest[-10:-8] == b"\x89\x08"
        client.reset()
        await plane.everything_ends()


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (SessionLimits(idle_timeout=timedelta(seconds=0.1)), b"Idle for too long"),
        (SessionLimits(max_age=timedelta(seconds=0.1)), b"Maximum age reached"),
    ],
)
async def test_idle_and_old_sessions_are_closed_with_1001(plane: Plane, limits: SessionLimits, reason: bytes) -> None:
    seen = bytearray()
    async with listening(seen) as url:
        plane.admission.url = url
        client = await open_limited(plane, limits)

        frame = await client.read_exactly(4 + len(reason))

        assert (close_code_in(frame), frame[4:]) == (CloseCode.GOING_AWAY, reason)
        await client.close()
        await plane.everything_ends()


async def test_messages_keep_a_session_awake_and_pings_do_not(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        client = await open_limited(plane, SessionLimits(idle_timeout=timedelta(seconds=0.3)))

        for _ in range(8):
            client.send(masked(b"x"))
            await asyncio.sleep(0.1)  # The rhythm of this client.
        assert plane.witness.closed == []
        while not plane.witness.closed:
            client.send(masked(b"ping", 9))
            await asyncio.sleep(0.05)

        assert plane.witness.closed[0].close_code == CloseCode.GOING_AWAY
        await client.close()


async def test_expired_session_is_closed_with_4001(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, SessionLimits(), expires_in=0.1)

        assert close_code_in(await client.read_exactly(42)) == CloseCode.INVALID_CREDENTIALS
        await client.close()
        await plane.everything_ends()


async def test_expiry_can_be_moved_while_the_session_is_open(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, SessionLimits(), expires_in=3600)

        plane.witness.opened[0].expires_at = time.time() - 1

        assert close_code_in(await client.read_exactly(42)) == CloseCode.INVALID_CREDENTIALS
        await client.close()
        await plane.everything_ends()


async def test_jump_of_the_wall_clock_closes_nobody(plane: Plane) -> None:
    wall_clock = time.time()
    plane.reception.sweeper = Sweeper(plane.reception.loop, tick=timedelta(seconds=0.01), wall_clock=lambda: wall_clock)
    async with echo_backend() as url:
        plane.admission.url = url
        client = await open_limited(plane, PINGS, expires_in=60)

        wall_clock += 3600
        ping = await client.read_exactly(10)  # The session was visited since.

        client.send(masked(ping[2:], 10) + masked(b"open"))
        assert await client.read_exactly(6) == plain(b"open")
        client.reset()
        await plane.everything_ends()


async def test_frame_that_trickles_in_is_closed(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, SessionLimits(frame_timeout=timedelta(seconds=0.2)))
        frame = masked(bytes(100))

        async def trickle() -> None:
            for byte in frame:
                client.send(bytes([byte]))
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert close_code_in(await client.read_exactly(18)) == CloseCode.POLICY_VIOLATION
        trickling.cancel()
        await asyncio.gather(trickling, return_exceptions=True)
        await client.close()
        await plane.everything_ends()


async def test_header_that_never_ends_is_closed(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, SessionLimits(frame_timeout=timedelta(seconds=0.1)))

        client.send(b"\x82")

        assert close_code_in(await client.read_exactly(18)) == CloseCode.POLICY_VIOLATION
        await client.close()
        await plane.everything_ends()


async def test_client_that_does_not_read_is_closed_with_1013(plane: Plane) -> None:
    async def flood(reader: Reader, writer: Writer) -> None:
        while True:
            writer.write(plain(bytes(60_000)))
            await writer.drain()

    async with raw_backend(accepting(flood)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, replace(PINGS, stall_timeout=timedelta(seconds=0.3)))
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # streams do not type their transport

        await is_soon(lambda: len(plane.witness.closed) == 1, "the slow reader was not closed")

        assert plane.witness.closed[0].close_code == CloseCode.TRY_AGAIN_LATER
        client.reset()


@pytest.mark.parametrize(
    "flood", [masked(b"", 9), masked(b"", 10), masked(b"", 0, fin=False)], ids=["pings", "pongs", "fragments"]
)
async def test_flood_of_empty_frames_is_closed_with_1008(plane: Plane, flood: bytes) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        client = await open_limited(plane, SessionLimits(max_control_frames=100))

        client.send(masked(b"", fin=False) + flood * 300)

        assert close_code_in(await client.read_all()) == CloseCode.POLICY_VIOLATION
        await client.close()
        await plane.everything_ends()


@pytest.mark.parametrize("ending", ["fin", "reset"])
async def test_client_that_goes_while_it_is_held_is_found(plane: Plane, ending: str) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        meter = ScriptedMeter([Verdict.PAUSE] * 100)
        limits = replace(PINGS, gone_grace=timedelta(seconds=0.2))
        plane.admission.answer = lambda _: replace(plane.admission.admitted(), limits=limits, meter=meter)
        client = await plane.open_session()
        client.send(masked(b"held") + close_frame(1000, "", masked=True))
        await is_soon(lambda: len(meter.waiting) == 1, "nobody waits for the meter")

        if ending == "reset":
            client.reset()
        else:
            await client.close()

        await is_soon(lambda: len(plane.witness.closed) == 1, "the client that went was not found")
        assert meter.waiting == []
