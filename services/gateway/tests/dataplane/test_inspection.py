"""Validation and true message sizes through a real data plane."""

import json
import resource
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from contracts.publisher import InvalidMessageReaction, MessageSchema, MessageValidation
from gateway.inspection.message_rules import message_rules
from gateway.session.close_codes import CloseCode
from gateway.session.limits import SessionLimits

from .backends import ACCEPTANCE, echo_backend, raw_backend
from .plane import Plane
from .wire import Reader, Writer, close_code_in, masked, url_of

ORDER = json.dumps({"type": "object", "required": ["price"], "properties": {"price": {"type": "number"}}})
GOOD, BAD = '{"price": 1}', '{"price": "x"}'
MIB = 2**20


@asynccontextmanager
async def validated(
    plane: Plane, reaction: InvalidMessageReaction, *, verb: str = "PUBLISH", compression: str | None = None
) -> AsyncIterator[ClientConnection]:
    """A client of an echo whose messages in one direction are orders."""
    schema = MessageSchema(target="/orders", verb=verb, schemas=(ORDER,))
    rules = message_rules(MessageValidation(messages=(schema,), reaction=reaction), "/orders")
    limits = SessionLimits(max_message_bytes=1000)
    plane.admission.answer = lambda _: replace(plane.admission.admitted(), message_rules=rules, limits=limits)
    async with echo_backend(compression=compression) as url:
        plane.admission.url = url
        headers = {"Authorization": "Bearer t"}
        async with connect(url_of(plane), additional_headers=headers, compression=compression) as client:
            yield client


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("verb", ["PUBLISH", "SUBSCRIBE"])
async def test_invalid_message_closes_with_1007(plane: Plane, verb: str, compression: str | None) -> None:
    async with validated(plane, InvalidMessageReaction.CLOSE, verb=verb, compression=compression) as client:
        await client.send(GOOD)
        assert await client.recv() == GOOD
        await client.send(iter(BAD))

        with pytest.raises(ConnectionClosed):
            await client.recv()

        assert client.close_code == CloseCode.INVALID_PAYLOAD
    await plane.everything_ends()


@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_error_goes_to_the_sender_and_the_message_is_dropped(plane: Plane, compression: str | None) -> None:
    async with validated(plane, InvalidMessageReaction.ERROR, compression=compression) as client:
        for message in (BAD, "no JSON", GOOD):
            await client.send(message)

        assert [await client.recv() for _ in range(3)] == [
            "Error code: 1007 reason: Invalid message: $.price: 'x' is not of type 'number'",
            "Error code: 1007 reason: Invalid message: it is not JSON",
            GOOD,
        ]


async def test_error_of_a_backend_goes_to_the_backend(plane: Plane) -> None:
    async with validated(plane, InvalidMessageReaction.ERROR, verb="SUBSCRIBE") as client:
        await client.send(BAD)
        await client.send(GOOD)

        # The echo sends the error back, which is no order either, and so on: only the good one comes through.
        assert await client.recv() == GOOD


@pytest.mark.parametrize(
    ("reaction", "received"), [(InvalidMessageReaction.DROP, [GOOD]), (InvalidMessageReaction.COUNT, [BAD, GOOD])]
)
async def test_dropped_and_counted_messages_are_counted(
    plane: Plane, reaction: InvalidMessageReaction, received: list[str]
) -> None:
    async with validated(plane, reaction, compression="deflate") as client:
        for message in (BAD, GOOD):
            await client.send(message)

        assert [await client.recv() for _ in received] == received
        assert plane.witness.opened[0].traffic.invalid_from_client == 1


@pytest.mark.parametrize("reaction", list(InvalidMessageReaction))
async def test_text_that_is_not_utf8_closes_with_1007(plane: Plane, reaction: InvalidMessageReaction) -> None:
    async with validated(plane, reaction) as client:
        await client.send(b'{"price": 1, "name": "\xff"}', text=True)

        with pytest.raises(ConnectionClosed):
            await client.recv()

        assert client.close_code == CloseCode.INVALID_PAYLOAD


async def test_session_without_rules_for_its_channel_has_no_inspector(plane: Plane) -> None:
    schema = MessageSchema(target="/orders", verb="PUBLISH", schemas=(ORDER,))

    assert message_rules(MessageValidation(messages=(schema,)), "/other") is None


async def test_size_limit_means_inflated_bytes(plane: Plane) -> None:
    limits = SessionLimits(max_message_bytes=MIB)
    plane.admission.answer = lambda _: replace(plane.admission.admitted(), limits=limits)
    async with echo_backend(max_size=4 * MIB) as url:
        plane.admission.url = url
        async with connect(url_of(plane), additional_headers={"Authorization": "Bearer t"}, max_size=None) as client:
            await client.send(bytes(MIB))
            assert await client.recv() == bytes(MIB)
            await client.send(bytes(MIB + 1))

            with pytest.raises(ConnectionClosed):
                await client.recv()

            assert client.close_code == CloseCode.MESSAGE_TOO_BIG
    await plane.everything_ends()


async def test_deflate_bomb_costs_neither_time_nor_memory(plane: Plane) -> None:
    limit = 16 * MIB
    plane.admission.answer = lambda _: replace(
        plane.admission.admitted(), limits=SessionLimits(max_message_bytes=limit)
    )
    deflater = zlib.compressobj(9, wbits=-15)
    bomb = b"".join(deflater.compress(bytes(MIB)) for _ in range(1024)) + deflater.flush(zlib.Z_SYNC_FLUSH)[:-4]
    answer = ACCEPTANCE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")

    async def listen(reader: Reader, writer: Writer) -> None:
        writer.write(answer)
        await reader.read()

    async with raw_backend(listen) as backend:
        plane.admission.url = backend.url
        client = await plane.open_session(headers="Sec-WebSocket-Extensions: permessage-deflate\r\n")
        frame = bytearray(masked(bomb))
        frame[0] |= 0x40
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()

        client.send(bytes(frame))

        assert close_code_in(await client.read_exactly(19)) == CloseCode.MESSAGE_TOO_BIG
        assert time.process_time() - began < 1  # The promise is 100 ms.
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 2 * limit
        await client.close()
        await plane.everything_ends()
