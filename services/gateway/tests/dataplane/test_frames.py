"""W11, and what Autobahn asks: frames through the gateway are treated no worse than by the backend alone.

Each case is sent twice, straight to the peer and through the gateway, and must come to the same messages and the same
close code. The peer, a `websockets` server or client, is the oracle. Cases follow Autobahn's sections.
"""

import asyncio
import os
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from .backends import ACCEPTANCE, echo_backend, raw_backend
from .plane import SOON, Plane, upgrade_request

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 1, 2, 8, 9, 10, 0
MASK = bytes((1, 2, 3, 4))
ERRORS = {1002, 1007, 1009, 1014}

# What is written, one after the other.
Case = Sequence[bytes]
Masking = Callable[[int, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a client saw of a case: data and pongs in order, and the close code (None: none came)."""

    messages: tuple[tuple[int, bytes], ...]
    close_code: int | None

    def is_no_worse_than(self, direct: "Outcome") -> bool:
        """An error may come sooner through the gateway, which does not wait for echoes that are on their way; and that
        of a backend is a bad gateway's (1014) instead of the client's own finding.
        """
        is_bad_gateway = self.close_code == 1014 and direct.close_code == 1002
        if self.close_code != direct.close_code and not is_bad_gateway:
            return False
        if direct.close_code in ERRORS:
            return self.messages == direct.messages[: len(self.messages)]
        return self.messages == direct.messages


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """Any frame, right or wrong."""
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", size)
    else:
        length = struct.pack("!BH", 126, size) if size < 65536 else struct.pack("!BQ", 127, size)
    if masked:
        length = bytes([length[0] | 0x80]) + length[1:] + MASK
        payload = (int.from_bytes(payload) ^ int.from_bytes((MASK * (size // 4 + 1))[:size])).to_bytes(size)
    return bytes([fin << 7 | rsv << 4 | opcode]) + length + payload


def close(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


# The peer echoes in order, so with this echo all earlier ones are here.
BARRIER = frame(TEXT, b"barrier")
END = (BARRIER, close())


def chopped(stream: bytes, size: int) -> list[bytes]:
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def fragments(opcode: int, *parts: bytes) -> list[bytes]:
    last = len(parts) - 1
    return [frame(opcode if index == 0 else CONTINUATION, part, fin=index == last) for index, part in enumerate(parts)]


SIZES = (0, 1, 125, 126, 127, 128, 65535, 65536, 200_000)
MESSAGES: dict[str, Case] = {
    **{f"{opcode} of {size}": [frame(opcode, b"*" * size), *END] for opcode in (TEXT, BINARY) for size in SIZES},
    "chopped by 997": [*chopped(frame(BINARY, bytes(65536)), 997), *END],
    "chopped by 1": [*chopped(frame(TEXT, b"octet by octet"), 1), *END],
    "many at once": [b"".join(frame(TEXT, str(n).encode()) for n in range(300)), *END],
    "not masked": [frame(TEXT, b"a", masked=False), *END],
}
PINGS: dict[str, Case] = {
    **{f"ping of {size}": [frame(PING, b"*" * size), *END] for size in (0, 5, 125, 126, 200)},
    "binary ping": [frame(PING, bytes(range(100))), *END],
    "unasked pong": [frame(PONG, b"hello"), frame(TEXT, b"a"), *END],
    "long pong": [frame(PONG, bytes(126)), *END],
    "ten pings": [*(frame(PING, str(n).encode()) for n in range(10)), *END],
    "ping, chopped": [*chopped(frame(PING, b"chopped") * 3, 1), *END],
    "ping that is not final": [frame(PING, b"a", fin=False), *END],
    "close that is not final": [frame(CLOSE, b"\x03\xe8", fin=False), *END],
}
RESERVED: dict[str, Case] = {
    **{
        f"rsv {rsv} on {opcode}": [frame(TEXT, b"before"), frame(opcode, b"", rsv=rsv), *END]
        for rsv in range(1, 8)
        for opcode in (TEXT, BINARY, PING, PONG, CLOSE)
    },
    **{
        f"opcode {opcode} with {len(payload)}": [frame(TEXT, b"before"), frame(opcode, payload), *END]
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        for payload in (b"", b"payload")
    },
}
FRAGMENTS: dict[str, Case] = {
    "two": [*fragments(TEXT, b"a", b"b"), *END],
    "many, chopped": [*chopped(b"".join(fragments(BINARY, *[b"x"] * 100)), 3), *END],
    "empty ones": [*fragments(TEXT, b"", b"", b""), *END],
    "with empty middle": [*fragments(TEXT, b"a", b"", b"b"), *END],
    "ping between": [frame(TEXT, b"a", fin=False), frame(PING, b"p"), frame(CONTINUATION, b"b"), *END],
    "close between": [frame(TEXT, b"a", fin=False), close()],
    "continuation of nothing": [frame(CONTINUATION, b"a"), *END],
    "open continuation of nothing": [frame(CONTINUATION, b"a", fin=False), frame(TEXT, b"b"), *END],
    "continuation after the end": [*fragments(TEXT, b"a", b"b"), frame(CONTINUATION, b"c"), *END],
    "text within text": [frame(TEXT, b"a", fin=False), frame(TEXT, b"b"), *END],
    "binary within text": [frame(TEXT, b"a", fin=False), frame(BINARY, b"b", fin=False), *END],
    "big in pieces": [*fragments(BINARY, *[bytes(4096)] * 64), *END],
}
VALID_TEXTS = (
    "Hello-µ@ßöäüàá-UTF-8!!".encode(), "κόσμε".encode(), b"\0", "\u0080\u07ff\u0800\uffff".encode(),
    b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf", b"\xef\xbf\xbe", b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbb\xbf",
)  # fmt: skip
INVALID_TEXTS = (
    b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", b"\x80", b"\xbf", b"\xc0\xaf", b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf", b"\xc1\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80", b"\xfe", b"\xff", b"\xc2", b"\xe2\x82", b"\xf0\x9f\x92", b"ok\xffok",
)  # fmt: skip
UTF8: dict[str, Case] = {
    **{f"valid {text!r}": [frame(TEXT, text), *END] for text in VALID_TEXTS},
    **{
        f"valid {text!r}, byte by byte": [*fragments(TEXT, *(bytes([byte]) for byte in text)), *END]
        for text in VALID_TEXTS
    },
    **{f"invalid {text!r}": [frame(TEXT, text), *END] for text in INVALID_TEXTS},
    **{f"invalid {text!r} in pieces": [*fragments(TEXT, b"a", text, b"b"), *END] for text in INVALID_TEXTS},
    "binary may be anything": [frame(BINARY, b"\xff\xfe"), *END],
}
VALID_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999)
INVALID_CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
CLOSES: dict[str, Case] = {
    **{f"code {code}": [frame(TEXT, b"before"), BARRIER, close(code)] for code in VALID_CODES},
    **{f"invalid code {code}": [close(code)] for code in INVALID_CODES},
    "without code": [close(None)],
    "one byte": [frame(CLOSE, b"\x03")],
    "reason": [close(1000, "tschüß".encode())],
    "longest reason": [close(1000, b"*" * 123)],
    "too long a reason": [close(1000, b"*" * 124)],
    "reason that is no text": [close(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80")],
    "twice": [close(), close()],
    "ping after it": [close(), frame(PING, b"late")],
    "text after it": [close(), frame(TEXT, b"late")],
}
SECTIONS: dict[str, Mapping[str, Case]] = {
    "1 messages": MESSAGES, "2 pings": PINGS, "3, 4 reserved": RESERVED, "5 fragments": FRAGMENTS, "6 utf-8": UTF8,
    "7 close": CLOSES,
}  # fmt: skip


def plain(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> bytes:
    """As backends send them."""
    return frame(opcode, payload, fin=fin, rsv=rsv, masked=False)


PLAIN_END = plain(CLOSE, b"\x03\xe8")
FROM_BACKEND: dict[str, Case] = {
    **{f"{size} bytes": [plain(BINARY, bytes(size)), PLAIN_END] for size in SIZES},
    **{f"ping of {size}": [plain(PING, bytes(size)), PLAIN_END] for size in (0, 125, 126)},
    **{f"rsv {rsv}": [plain(TEXT, b"before"), plain(BINARY, b"", rsv=rsv), PLAIN_END] for rsv in range(1, 8)},
    **{f"opcode {each}": [plain(TEXT, b"before"), plain(each), PLAIN_END] for each in (3, 4, 5, 6, 7, 11, 12, 15)},
    **{f"valid {text!r}": [plain(TEXT, text), PLAIN_END] for text in VALID_TEXTS},
    **{f"invalid {text!r}": [plain(TEXT, text), PLAIN_END] for text in INVALID_TEXTS},
    **{f"close {code}": [plain(CLOSE, struct.pack("!H", code))] for code in (*VALID_CODES, *INVALID_CODES)},
    "close without code": [plain(CLOSE)],
    "close of one byte": [plain(CLOSE, b"\x03")],
    "masked": [frame(TEXT, b"a"), PLAIN_END],
    "fragments": [plain(TEXT, b"a", fin=False), plain(PING, b"p"), plain(CONTINUATION, b"b"), PLAIN_END],
    "continuation of nothing": [plain(CONTINUATION, b"a"), PLAIN_END],
    "text within text": [plain(TEXT, b"a", fin=False), plain(TEXT, b"b"), PLAIN_END],
    "ping that is not final": [plain(PING, b"a", fin=False), PLAIN_END],
    "chopped": [*chopped(plain(TEXT, b"octet by octet") + PLAIN_END, 1)],
    "with the acceptance": [plain(TEXT, b"first") * 50 + PLAIN_END],
}


@pytest.mark.parametrize("section", SECTIONS)
async def test_frames_of_a_client_are_treated_as_by_the_backend_alone(plane: Plane, section: str) -> None:
    async with echo_backend(compression=None, ping_interval=None) as url:
        plane.admission.url = url
        backend_port = parse_uri(url).port
        worse = await _worse(
            SECTIONS[section],
            direct=lambda case: _sent_by_client(case, port=backend_port),
            through=lambda case: _sent_by_client(case, port=plane.ws_port),
        )

    assert worse == {}


LENGTHS = {
    "16 bits for 5": b"\x82\xfe\x00\x05" + MASK + bytes(5),
    "64 bits for 5": b"\x82\xff" + struct.pack("!Q", 5) + MASK + bytes(5),
    "64 bits with the highest": b"\x82\xff" + struct.pack("!Q", 1 << 63) + MASK,
}


@pytest.mark.parametrize("stream", LENGTHS.values(), ids=LENGTHS.keys())
async def test_length_that_is_not_written_the_one_right_way_is_a_protocol_error(plane: Plane, stream: bytes) -> None:
    """RFC 6455, 5.2; many backends let it pass, and then two parsers disagree about where frames end."""
    async with echo_backend() as url:
        plane.admission.url = url

        assert await _sent_by_client([stream, close()], port=plane.ws_port) == Outcome((), 1002)


async def test_frames_of_a_backend_come_to_the_client_as_without_the_gateway(plane: Plane) -> None:
    playing: list[Case] = []

    async def conduct(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ACCEPTANCE)
        for chunk in playing[-1]:
            writer.write(chunk)
            await asyncio.sleep(0)
        await reader.read()

    worse = {}
    async with raw_backend(conduct) as backend:
        plane.admission.url = backend.url
        for name, case in FROM_BACKEND.items():
            playing.append(case)
            alone = await _seen_by_client(parse_uri(backend.url).port)
            via = await _seen_by_client(plane.ws_port)
            if not via.is_no_worse_than(alone):
                worse[name] = (alone, via)

    assert worse == {}


@pytest.mark.parametrize("size", [16, 1024, 65536, 300_000])
async def test_compressed_messages_arrive_as_they_were(plane: Plane, size: int) -> None:
    """Autobahn's sections 12 and 13: the extension is negotiated end to end."""
    text = ("compressible " * (size // 13 + 1))[:size]
    async with echo_backend(max_size=None) as url:
        plane.admission.url = url
        async with connect(f"ws://127.0.0.1:{plane.ws_port}/echo?access_token=t", max_size=None) as client:
            assert [each.name for each in client.protocol.extensions] == ["permessage-deflate"]
            for message in (text, text.encode(), text, os.urandom(size)):
                await client.send(message)
                assert await client.recv() == message
            await client.send(iter([text, "", text]))
            assert await client.recv() == text + text


async def _worse(
    cases: Mapping[str, Case],
    *,
    direct: Callable[[Case], Awaitable[Outcome]],
    through: Callable[[Case], Awaitable[Outcome]],
) -> dict[str, tuple[Outcome, Outcome]]:
    """The cases that come out worse through the gateway, with both outcomes."""
    at_once = asyncio.Semaphore(8)

    async def both(case: Case) -> tuple[Outcome, Outcome]:
        async with at_once:
            return await direct(case), await through(case)

    pairs = await asyncio.gather(*map(both, cases.values()))
    named = zip(cases, pairs, strict=True)
    return {name: (alone, via) for name, (alone, via) in named if not via.is_no_worse_than(alone)}


async def _sent_by_client(case: Case, *, port: int) -> Outcome:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        writer.write(upgrade_request())
        async with asyncio.timeout(SOON.total_seconds()):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            return _read_outcome(await _exchange(case, reader, writer))
    finally:
        writer.transport.abort()


async def _exchange(case: Case, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """All that comes back."""
    answer = b""
    for chunk in case:
        writer.write(chunk)
        await asyncio.sleep(0)
        if chunk is BARRIER:
            try:
                answer += await reader.readuntil(frame(TEXT, b"barrier", masked=False))
            except asyncio.IncompleteReadError as error:
                return answer + error.partial
    return answer + await reader.read()


def _read_outcome(stream: bytes) -> Outcome:
    protocol = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    protocol.receive_data(stream)
    return _outcome([event for event in protocol.events_received() if isinstance(event, Frame)], protocol)


async def _seen_by_client(port: int) -> Outcome:
    """What a `websockets` client makes of what comes; its own verdict is the close code where it has one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    protocol = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    frames: list[Frame] = []
    try:
        writer.write(upgrade_request())
        async with asyncio.timeout(SOON.total_seconds()):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            while not protocol.close_expected() and (data := await reader.read(1 << 20)):
                protocol.receive_data(data)
                frames += [event for event in protocol.events_received() if isinstance(event, Frame)]
                writer.writelines(protocol.data_to_send())
    finally:
        writer.transport.abort()
    return _outcome(frames, protocol)


def _outcome(frames: Sequence[Frame], protocol: ClientProtocol) -> Outcome:
    told = tuple((int(each.opcode), bytes(each.data)) for each in frames if each.opcode is not Opcode.CLOSE)
    close = protocol.close_sent if protocol.parser_exc else protocol.close_rcvd
    return Outcome(told, close.code if close else None)
