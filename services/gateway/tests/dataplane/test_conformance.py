"""Cases after Autobahn's, 1 to 7: through the gateway a peer fares no worse than without it.

Each case is sent byte by byte as written, straight to an echo of `websockets` and through the gateway to the same echo.
What comes back must be the same: data and control frames, and the close code. Reasons are each implementation's own.
"""

import asyncio
from collections.abc import Iterator

import pytest

from .backends import echo_backend
from .plane import SOON, Plane, RawClient, upgrade_request


def masked(payload: bytes, opcode: int, *, fin: bool = True) -> bytes:
    """A frame that a library might refuse to write. The mask is of zeros, so the payload can be read."""
    size = len(payload)
    if size <= 125:
        length = bytes((0x80 | size,))
    else:
        length = b"\xfe" + size.to_bytes(2, "big") if size <= 65535 else b"\xff" + size.to_bytes(8, "big")
    return bytes(((0x80 if fin else 0) | opcode,)) + length + bytes(4) + payload


def close(code: int | None, reason: bytes = b"") -> bytes:
    return masked(b"" if code is None else code.to_bytes(2, "big") + reason, 8)


def raw(first: int, payload: bytes = b"") -> bytes:
    """A masked frame whose first byte no library would write."""
    return bytes((first,)) + masked(payload, 1)[1:]


END = close(1000)
GOOD_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
BAD_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535]

CASES = {
    **{f"1.1 text of {size}": masked(b"*" * size, 1) + END for size in (0, 125, 126, 127, 128, 65535, 65536)},
    **{f"1.2 binary of {size}": masked(b"\xfe" * size, 2) + END for size in (0, 125, 126, 127, 128, 65535, 65536)},
    "2.1 ping without payload": masked(b"", 9) + END,
    "2.3 ping with binary payload": masked(b"\x00\xff\xfe", 9) + END,
    "2.4 ping with 125 bytes": masked(b"*" * 125, 9) + END,
    "2.5 ping with 126 bytes": masked(b"*" * 126, 9) + END,
    "2.7 unsolicited pong": masked(b"alone", 10) + masked(b"after", 1) + END,
    "2.10 ten pings": b"".join(masked(b"%d" % number, 9) for number in range(10)) + END,
    "3.1 RSV1": raw(0xC1, b"x"),
    "3.2 RSV2 behind a good message": masked(b"good", 1) + raw(0xA1, b"x"),
    "3.5 RSV3 on binary": raw(0x92, b"x"),
    "3.6 RSV1 on ping": raw(0xC9, b"x"),
    "3.7 RSV2 on close": raw(0xA8, b"\x03\xe8"),
    **{f"4.1 opcode {opcode}": masked(b"good", 1) + raw(0x80 | opcode) for opcode in (3, 4, 5, 6, 7)},
    **{f"4.2 opcode {opcode}": masked(b"good", 1) + raw(0x80 | opcode) for opcode in (11, 12, 13, 14, 15)},
    "5.1 fragmented ping": masked(b"a", 9, fin=False) + masked(b"b", 0),
    "5.3 two fragments": masked(b"one", 1, fin=False) + masked(b"two", 0) + END,
    "5.6 ping between fragments": masked(b"one", 1, fin=False) + masked(b"p", 9) + masked(b"two", 0) + END,
    "5.9 continuation of nothing": masked(b"x", 0),
    "5.12 continuation of nothing, not final": masked(b"x", 0, fin=False),
    "5.15 continuation behind a message": masked(b"a", 1, fin=False) + masked(b"b", 0) + masked(b"c", 0),
    "5.18 text inside of a message": masked(b"a", 1, fin=False) + masked(b"b", 1),
    "6.2 UTF-8 over two fragments": masked("\u03ba\u03cc".encode()[:3], 1, fin=False)
    + masked("\u03ba\u03cc".encode()[3:], 0)
    + END,
    "6.3 invalid UTF-8": masked(b"\xce\xba\xed\xa0\x80", 1),
    "6.4 invalid UTF-8 in fragments": masked(b"\xce\xba", 1, fin=False) + masked(b"\xf4\x90\x80\x80", 0),
    "7.1.2 two closes": END + END,
    "7.1.3 ping behind close": END + masked(b"late", 9),
    "7.1.4 text behind close": END + masked(b"late", 1),
    "7.3.1 close without payload": close(None),
    "7.3.2 close with one byte": masked(b"a", 8),
    "7.3.5 close with 123 bytes of reason": close(1000, b"*" * 123),
    "7.3.6 close with 124 bytes of reason": close(1000, b"*" * 124),
    "7.5.1 close with invalid UTF-8": close(1000, b"\xce\xba\xed\xa0\x80"),
    **{f"7.7 close with {code}": close(code) for code in GOOD_CODES},
    **{f"7.9 close with {code}": close(code) for code in BAD_CODES},
    "unmasked": b"\x81\x01a",
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_peer_fares_no_worse_through_the_gateway(plane: Plane, case: bytes) -> None:
    async with echo_backend(compression=None, max_size=None) as url:
        plane.admission.url = url
        port = int(url.rsplit(":", 1)[1].strip("/"))

        direct = await conversation(await connect_to(port), case)
        through = await conversation(await plane.open_session(), case)

        assert through == direct
        await plane.everything_ends()


async def connect_to(port: int) -> RawClient:
    client = RawClient(*await asyncio.open_connection("127.0.0.1", port))
    client.send(upgrade_request())
    assert (await client.read_head()).startswith("HTTP/1.1 101 ")
    return client


async def conversation(client: RawClient, case: bytes) -> list[tuple[int, bytes]]:
    """All frames that come back, a Close without its reason. The client answers a Close as a good one does."""
    client.send(case)
    stream = bytearray()
    async with asyncio.timeout(SOON.total_seconds()):
        while data := await client.reader.read(65_536):
            stream += data
            if any(first == 0x88 for first, _ in frames_in(stream)):
                client.send(END)
    await client.close()
    return [(first, payload[:2] if first == 0x88 else payload) for first, payload in frames_in(stream)]


def frames_in(stream: bytes | bytearray) -> Iterator[tuple[int, bytes]]:
    """First byte and payload of whole unmasked frames."""
    position = 0
    while position + 2 <= len(stream):
        length, start = stream[position + 1], position + 2
        if length > 125:
            size = 2 if length == 126 else 8
            length = int.from_bytes(stream[start : start + size], "big")
            start += size
        if start + length > len(stream):
            return
        yield stream[position], bytes(stream[start : start + length])
        position = start + length
