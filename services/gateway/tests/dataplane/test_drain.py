"""The end of a gateway's life over real sockets."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.handshake.drain import Drain, DrainState, DrainTimes
from gateway.session.close_codes import close_frame

from .backends import echo_backend, raw_backend
from .plane import Plane, upgrade_request
from .wire import Reader, Writer, accepting, is_soon, masked, plain

RESTART = close_frame(1012, masked=False)


def drain_of(plane: Plane, *, delay: float = 0.0, duration: float = 0.0, grace: float = 5.0) -> Drain:
    times = DrainTimes(*(timedelta(seconds=each) for each in (delay, duration, grace)))
    return Drain([plane.ws, plane.wss], plane.reception, times=times, refuse=lambda: None)


async def test_it_goes_on_accepting_during_the_delay(plane: Plane) -> None:
    drain = drain_of(plane, delay=0.3)
    async with echo_backend() as url:
        plane.admission.url = url
        draining = asyncio.create_task(drain.run())
        await is_soon(lambda: drain.state is DrainState.LEAVING, "leaving")

        client = await plane.open_session()
        client.send(masked(b"still here"))

        assert await client.read_exactly(12) == plain(b"still here")
        assert await client.read_exactly(len(RESTART)) == RESTART
        client.send(close_frame(1012, masked=True))
        await draining
        await client.close()
        assert drain.state is DrainState.DRAINED


async def test_it_takes_no_connection_afterwards(plane: Plane) -> None:
    port = plane.ws_port

    await drain_of(plane).run()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_handshake_that_was_accepted_in_time_is_decided_and_closed_as_a_session(plane: Plane) -> None:
    go_on = asyncio.Event()

    async def hesitate(reader: Reader, writer: Writer) -> None:
        await go_on.wait()
        await accepting(_wait_for_end)(reader, writer)

    async with raw_backend(hesitate) as backend:
        plane.admission.url = backend.url
        client = await plane.connect()
        client.send(upgrade_request())
        await is_soon(lambda: len(backend.heads) == 1, "the backend is asked")
        draining = asyncio.create_task(drain_of(plane).run())
        await is_soon(lambda: not plane.ws.ports, "no longer accepting")
        go_on.set()

        assert (await client.read_head()).startswith("HTTP/1.1 101 ")
        assert await client.read_exactly(len(RESTART)) == RESTART
        client.send(close_frame(1012, masked=True))
        await draining
        await client.close()


async def test_a_client_that_never_answers_is_cut_off_at_the_end_of_the_grace(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        stuck = await plane.open_session()
        loop = asyncio.get_running_loop()
        began = loop.time()

        await drain_of(plane, grace=0.2).run()

        assert loop.time() - began < 0.5
        await plane.everything_ends()
        assert plane.witness.closed[0].close_code == 1012
        await stuck.close()


async def test_who_asks_again_waits_for_the_same_end(plane: Plane) -> None:
    drain = drain_of(plane, delay=0.1)

    await asyncio.gather(drain.run(), drain.run())

    assert drain.state is DrainState.DRAINED


async def test_whoever_stops_waiting_does_not_stop_the_drain(plane: Plane) -> None:
    drain = drain_of(plane, delay=0.1)
    impatient = asyncio.create_task(drain.run())
    await is_soon(lambda: drain.state is DrainState.LEAVING, "leaving")

    impatient.cancel()

    await is_soon(lambda: drain.state is DrainState.DRAINED, "drained")


async def _wait_for_end(reader: Reader, writer: Writer) -> None:
    await reader.read()
