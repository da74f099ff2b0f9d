"""Throttled sessions through a real data plane: what arrives, what the client is told, and how a held session ends."""

import asyncio
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.connection import Connection
from websockets.asyncio.server import ServerConnection, serve

from gateway.session.close_codes import CloseCode, close_frame
from gateway.session.meter import Verdict
from gateway.session.notice import THROTTLED_OUT_NOTICE
from gateway.session.scripted_meter import ScriptedMeter

from .backends import ACCEPTANCE, answering, echo_backend, raw_backend
from .plane import Plane, RawClient
from .wire import Reader, Writer, accepting, close_code_in, is_soon, masked, plain, url_of


async def open_metered(plane: Plane, meter: ScriptedMeter, *, is_tls: bool = False) -> RawClient:
    plane.admission.answer = lambda _: replace(plane.admission.admitted(), meter=meter)
    return await plane.open_session(is_tls=is_tls)


async def test_dropped_messages_vanish_and_the_client_is_told_once(plane: Plane) -> None:
    async with echo_backend() as url:
        plane.admission.url = url
        client = await open_metered(plane, ScriptedMeter([Verdict.DROP, Verdict.DROP]))

        client.send(masked(b"one") + masked(b"two") + masked(b"three"))

        expected = THROTTLED_OUT_NOTICE + plain(b"three")
        assert await client.read_exactly(len(expected)) == expected
        assert plane.witness.opened[0].traffic.dropped_from_client == 2
        client.reset()
        await plane.everything_ends()


async def test_notice_waits_for_the_end_of_the_backends_message(plane: Plane) -> None:
    begun, ended = plain(b"beg", fin=False), plain(b"un", 0)

    async def two_fragments(reader: Reader, writer: Writer) -> None:
        writer.write(begun)
        await reader.readexactly(len(masked(b"go on")))
        writer.write(ended)
        await reader.read()

    async with raw_backend(accepting(two_fragments)) as backend:
        plane.admission.url = backend.url
        client = await open_metered(plane, ScriptedMeter([Verdict.FORWARD, Verdict.DROP]))
        assert await client.read_exactly(len(begun)) == begun

        client.send(masked(b"drop me") + masked(b"go on"))

        expected = ended + THROTTLED_OUT_NOTICE
        assert await client.read_exactly(len(expected)) == expected
        client.reset()
        await plane.everything_ends()


async def test_close_verdict_closes_both_sides_with_4003(plane: Plane) -> None:
    seen = bytearray()

    async def listen(reader: Reader, writer: Writer) -> None:
        seen.extend(await reader.read())

    async with raw_backend(accepting(listen)) as backend:
        plane.admission.url = backend.url
        client = await open_metered(plane, ScriptedMeter([Verdict.FORWARD, Verdict.CLOSE]))
        first = masked(b"first")

        client.send(first + masked(bytes(70_000)) + masked(b"third"))

        assert close_code_in(await client.read_exactly(33)) == CloseCode.THROTTLED_OUT
        await client.close()
        await plane.everything_ends()
    assert seen.startswith(first)
    assert close_code_in(bytes(seen[len(first) :]), is_masked=True) == CloseCode.THROTTLED_OUT


@pytest.mark.parametrize("is_tls", [False, True])
async def test_held_messages_go_on_in_order_once_the_meter_changes(plane: Plane, is_tls: bool) -> None:
    seen = bytearray()
    sent = masked(b"one") + masked(b"two") + close_frame(1000, "", masked=True)

    async def answer_close(reader: Reader, writer: Writer) -> None:
        seen.extend(await reader.readexactly(len(sent)))
        writer.write(close_frame(1000, "", masked=False))

    async with raw_backend(accepting(answer_close)) as backend:
        plane.admission.url = backend.url
        meter = ScriptedMeter([Verdict.PAUSE])
        client = await open_metered(plane, meter, is_tls=is_tls)
        client.send(sent[:9])
        await is_soon(lambda: len(meter.waiting) == 1, "nobody waits for the meter")
        client.send(sent[9:])

        meter.change()

        assert await client.read_all() == close_frame(1000, "", masked=False)
        await client.close()
        await plane.everything_ends()
    assert bytes(seen) == sent


@pytest.mark.parametrize("verdict", [Verdict.PAUSE, Verdict.WAIT])
async def test_held_session_can_be_closed(plane: Plane, verdict: Verdict) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        meter = ScriptedMeter([verdict])
        client = await open_metered(plane, meter)
        client.send(masked(b"held") + masked(b"behind"))
        await is_soon(lambda: len(meter.waiting) == 1, "nobody waits for the meter")

        plane.witness.opened[0].close(CloseCode.SERVICE_RESTART)

        assert close_code_in(await client.read_exactly(19)) == CloseCode.SERVICE_RESTART
        client.send(close_frame(1012, "", masked=True))
        assert await client.read_all() == b""
        await client.close()
        await plane.everything_ends()
    assert meter.waiting == []


async def test_message_that_is_held_goes_on_before_the_close_of_a_drain(plane: Plane) -> None:
    seen = bytearray()
    whole, begun = masked(b"held") + masked(b"behind"), masked(b"begun and ended")

    async def listen(reader: Reader, writer: Writer) -> None:
        seen.extend(await reader.read())

    async with raw_backend(accepting(listen)) as backend:
        plane.admission.url = backend.url
        meter = ScriptedMeter([Verdict.WAIT, Verdict.FORWARD, Verdict.WAIT])
        client = await open_metered(plane, meter)
        client.send(whole + begun[:10])
        await is_soon(lambda: len(meter.waiting) == 1, "nobody waits for the meter")

        plane.witness.opened[0].close(CloseCode.SERVICE_RESTART)
        meter.change()
        await is_soon(lambda: len(meter.waiting) == 1, "the message behind is not held")
        meter.change()

        assert close_code_in(await client.read_exactly(19)) == CloseCode.SERVICE_RESTART
        client.send(begun[10:] + close_frame(1012, "", masked=True))
        assert await client.read_all() == b""
        await client.close()
        await plane.everything_ends()
    assert seen.startswith(whole + begun)
    assert close_code_in(bytes(seen[len(whole + begun) :]), is_masked=True) == CloseCode.SERVICE_RESTART


async def test_session_that_lost_its_right_is_closed_with_what_is_held(plane: Plane) -> None:
    async with raw_backend(answering(ACCEPTANCE)) as backend:
        plane.admission.url = backend.url
        meter = ScriptedMeter([Verdict.WAIT])
        client = await open_metered(plane, meter)
        client.send(masked(b"held"))
        await is_soon(lambda: len(meter.waiting) == 1, "nobody waits for the meter")

        plane.witness.opened[0].close(CloseCode.INVALID_CREDENTIALS)

        assert meter.waiting == []
        client.reset()
        await plane.everything_ends()


async def test_backend_lost_while_the_client_is_held_is_told(plane: Plane) -> None:
    async def read_and_vanish(reader: Reader, writer: Writer) -> None:
        writer.write(plain(b"bye"))

    async with raw_backend(accepting(read_and_vanish)) as backend:
        plane.admission.url = backend.url
        meter = ScriptedMeter([Verdict.PAUSE])
        client = await open_metered(plane, meter)

        await is_soon(lambda: len(meter.waiting) == 1, "nobody waits for the meter")
        meter.change()

        assert (await client.read_exactly(5)) == plain(b"bye")
        await client.close()
        await plane.everything_ends()
    assert meter.waiting == []


COMPRESSED = [f"message {number} of a hundred, and a good deal alike".encode() * 3 for number in range(100)]
KEPT = [message for number, message in enumerate(COMPRESSED) if number % 3 != 2]


@pytest.mark.parametrize("direction", ["from the client", "from the backend"])
async def test_every_third_of_100_compressed_messages_is_dropped_and_the_rest_is_intact(
    plane: Plane, direction: str
) -> None:
    plane.admission.answer = lambda _: replace(plane.admission.admitted(), meter=EveryThird(), may_drop=True)
    received: list[str | bytes] = []

    async def serve_messages(connection: ServerConnection) -> None:
        if direction == "from the backend":
            await _send_all(connection)
            await connection.wait_closed()
        else:
            await _receive_all(connection, received)

    async with serve(serve_messages, "127.0.0.1", 0, compression="deflate") as server:
        plane.admission.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
        async with connect(url_of(plane), additional_headers={"Authorization": "Bearer t"}) as client:
            at_client: list[str | bytes] = received if direction == "from the backend" else []
            receiving = asyncio.create_task(_receive_all(client, at_client))
            if direction == "from the client":
                await _send_all(client)
            await is_soon(lambda: len(_without_notice(received)) == len(KEPT), "not all that was kept has arrived")
            await is_soon(lambda: NOTICE in at_client, "the client is not told")
        await receiving

    assert _without_notice(received) == KEPT


NOTICE = THROTTLED_OUT_NOTICE[2:].decode()


def _without_notice(received: list[str | bytes]) -> list[str | bytes]:
    return [message for message in received if message != NOTICE]


class EveryThird(ScriptedMeter):
    """Drops every third message that it is asked about."""

    def judge(self, payload_bytes: int) -> Verdict:
        self.judged += 1
        return Verdict.DROP if self.judged % 3 == 0 else Verdict.FORWARD


async def _send_all(connection: Connection) -> None:
    for message in COMPRESSED:
        await connection.send(message)


async def _receive_all(connection: Connection, received: list[str | bytes]) -> None:
    async for message in connection:
        received.append(message)
