"""The frame walk, with the frames of `websockets` as the oracle."""

import os
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from gateway.session.close_codes import CLOSE_CODES, CloseCode, close_frame
from gateway.session.extensions import ALL_RSV, RSV1
from gateway.session.frame_walk import FrameWalk

LENGTHS = st.one_of(st.integers(0, 130), st.sampled_from([125, 126, 127, 1000, 65535, 65536, 70000]))


@dataclass
class Stream:
    """Frames on the wire, with what a walk must know at their end."""

    wire: bytes = b""
    messages: int = 0
    payload_bytes: int = 0


def wire(opcode: int, payload: bytes, *, fin: bool = True, masked: bool) -> bytes:
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=masked)


@st.composite
def streams(draw: st.DrawFn, *, masked: bool) -> Stream:
    """Whole and fragmented messages with control frames between and inside them."""
    stream = Stream()
    for _ in range(draw(st.integers(0, 6))):
        fragments = draw(st.integers(1, 3))
        for index in range(fragments):
            if draw(st.booleans()):
                ping = os.urandom(draw(st.integers(0, 125)))
                stream.wire += wire(draw(st.sampled_from([9, 10])), ping, masked=masked)
            payload = os.urandom(draw(LENGTHS))
            opcode = draw(st.sampled_from([1, 2])) if index == 0 else 0
            stream.wire += wire(opcode, payload, fin=index == fragments - 1, masked=masked)
            stream.payload_bytes += len(payload)
        stream.messages += 1
    return stream


def chunks(wire_bytes: bytes, sizes: list[int]) -> list[bytes]:
    cut, start = [], 0
    for size in sizes:
        cut.append(wire_bytes[start : start + size])
        start += size
    return [each for each in [*cut, wire_bytes[start:]] if each]


@pytest.mark.parametrize("masked", [True, False])
@given(data=st.data())
def test_every_byte_goes_on_and_is_counted(masked: bool, data: st.DataObject) -> None:
    stream = data.draw(streams(masked=masked))
    sizes = data.draw(st.lists(st.one_of(st.integers(1, 9), st.integers(1, 5000)), max_size=60))
    walk = FrameWalk(masked=masked)

    sent = b"".join(walk.feed(chunk) for chunk in chunks(stream.wire, sizes))

    assert sent == stream.wire
    assert (walk.messages, walk.payload_bytes) == (stream.messages, stream.payload_bytes)
    assert (walk.remaining, walk.alert) == (0, False)


@given(data=st.data())
def test_between_chunks_it_knows_where_the_frame_ends(data: st.DataObject) -> None:
    stream = data.draw(streams(masked=True))
    cut = data.draw(st.integers(0, len(stream.wire)))
    walk, reference = FrameWalk(masked=True), FrameWalk(masked=True)

    sent = walk.feed(stream.wire[:cut])
    boundary = len(sent) + walk.remaining

    # A fresh walk over everything up to the claimed boundary must end exactly there.
    assert stream.wire.startswith(sent)
    assert len(reference.feed(stream.wire[:boundary])) == boundary
    assert reference.remaining == 0


def test_whole_chunk_is_passed_on_without_a_copy() -> None:
    walk = FrameWalk(masked=False)
    chunk = wire(1, b"hello", masked=False) * 3 + wire(2, bytes(300), masked=False)

    assert walk.feed(chunk) is chunk


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("chunk_size", [1, 3, 1000])
def test_close_ends_the_direction_with_its_code(masked: bool, chunk_size: int) -> None:
    walk = FrameWalk(masked=masked)
    data, close = wire(1, b"bye", masked=masked), close_frame(4321, "reason", masked=masked)
    stream = data + close + data

    sent = b"".join(walk.feed(stream[i : i + chunk_size]) for i in range(0, len(stream), chunk_size))

    assert sent == data + close
    assert (walk.alert, walk.close_code, walk.violation) == (True, 4321, None)
    assert (walk.messages, walk.close_frame_bytes) == (1, len(close))


def test_close_without_code_is_1005() -> None:
    walk = FrameWalk(masked=False)

    walk.feed(b"\x88\x00")

    assert walk.close_code == 1005


GOOD = wire(1, b"ok", masked=True)
MASK = b"abcd"
VIOLATIONS = {
    "unmasked": b"\x81\x02hi",
    "unmasked, long": b"\x82\x7e\x01\x00" + bytes(256),
    "unmasked ping": b"\x89\x00",
    "rsv1": b"\xc1\x80" + MASK,
    "rsv2": b"\xa1\x80" + MASK,
    "rsv3 on ping": b"\x99\x80" + MASK,
    "opcode 3": b"\x83\x80" + MASK,
    "opcode 7": b"\x87\x80" + MASK,
    "opcode b": b"\x8b\x80" + MASK,
    "opcode f": b"\x8f\x80" + MASK,
    "long ping": b"\x89\xfe\x00\x7e" + MASK + bytes(126),
    "fragmented ping": b"\x09\x80" + MASK,
    "fragmented close": b"\x08\x80" + MASK,
    "continuation of nothing": b"\x80\x80" + MASK,
    "new message in message": b"\x01\x80" + MASK + b"\x81\x80" + MASK,
    "16 bits for 125": b"\x81\xfe\x00\x7d" + MASK + bytes(125),
    "64 bits for 65535": b"\x81\xff" + (65535).to_bytes(8, "big") + MASK,
    "64 bits, top bit": b"\x81\xff\x80" + bytes(7) + MASK,
}


@pytest.mark.parametrize("bad", VIOLATIONS.values(), ids=VIOLATIONS.keys())
@pytest.mark.parametrize("chunk_size", [1, 10_000])
def test_violation_stops_the_direction_before_its_frame(bad: bytes, chunk_size: int) -> None:
    walk = FrameWalk(masked=True)
    stream = GOOD + bad + GOOD

    sent = b"".join(walk.feed(stream[i : i + chunk_size]) for i in range(0, len(stream), chunk_size))

    begun = b"\x01\x80" + MASK if bad.startswith(b"\x01") else b""
    assert sent == GOOD + begun
    assert walk.violation is not None
    assert walk.violation.code == CloseCode.PROTOCOL_ERROR


def test_masked_backend_frame_is_a_violation() -> None:
    walk = FrameWalk(masked=False)

    assert walk.feed(GOOD) == b""
    assert walk.violation is not None


@pytest.mark.parametrize(
    ("rsv_allowed", "frames", "is_allowed"),
    [
        (RSV1, b"\xc1\x80" + MASK, True),
        (RSV1, b"\x41\x80" + MASK + b"\x80\x80" + MASK, True),
        (RSV1, b"\x41\x80" + MASK + b"\xc0\x80" + MASK, False),
        (RSV1, b"\xc9\x80" + MASK, False),
        (RSV1, b"\xa1\x80" + MASK, False),
        (ALL_RSV, b"\xf1\x80" + MASK + b"\xf9\x80" + MASK, True),
    ],
)
def test_reserved_bits_follow_the_negotiated_extension(rsv_allowed: int, frames: bytes, is_allowed: bool) -> None:
    walk = FrameWalk(masked=True, rsv_allowed=rsv_allowed)

    walk.feed(frames)

    assert (walk.violation is None) is is_allowed


@pytest.mark.parametrize("limit", [5, 125, 126, 200, 70_000])
def test_message_over_the_limit_is_stopped_at_its_header(limit: int) -> None:
    exact, over = FrameWalk(masked=True, max_message_bytes=limit), FrameWalk(masked=True, max_message_bytes=limit)

    exact.feed(wire(2, bytes(limit), masked=True))
    sent = over.feed(GOOD + wire(2, bytes(limit + 1), masked=True)[:14])

    assert exact.violation is None
    assert sent == GOOD
    assert over.violation is not None
    assert over.violation.code == CloseCode.MESSAGE_TOO_BIG


def test_size_is_counted_over_fragments_and_anew_for_each_message() -> None:
    walk = FrameWalk(masked=True, max_message_bytes=200)
    first, last = wire(2, bytes(150), fin=False, masked=True), wire(0, bytes(50), masked=True)

    walk.feed((first + last) * 2)
    assert walk.violation is None

    walk.feed(first + wire(0, bytes(51), masked=True))
    assert walk.violation is not None


def test_hundred_thousand_control_frames_in_one_read_are_walked() -> None:
    walk = FrameWalk(masked=False)
    chunk = b"\x89\x00" * 100_000

    assert walk.feed(chunk) is chunk


@given(st.binary(max_size=200), st.integers(1, 50))
def test_noise_never_fails_and_never_grows(noise: bytes, chunk_size: int) -> None:
    walk = FrameWalk(masked=True)

    sent = b"".join(walk.feed(noise[i : i + chunk_size]) for i in range(0, len(noise), chunk_size))

    assert noise.startswith(sent)


@pytest.mark.parametrize("row", CLOSE_CODES, ids=lambda row: str(int(row.code)))
@pytest.mark.parametrize("masked", [True, False])
def test_every_code_of_the_table_makes_a_valid_frame(row: tuple[CloseCode, str, str], masked: bool) -> None:
    walk = FrameWalk(masked=masked)

    frame = close_frame(row[0], masked=masked)

    assert walk.feed(frame) == frame
    assert walk.close_code == row[0]


def test_long_reason_is_cut_between_characters() -> None:
    frame = close_frame(1000, "é" * 100, masked=False)

    assert len(frame) == 2 + 2 + 122
    assert frame[4:].decode() == "é" * 61


def test_table_names_every_code_once() -> None:
    assert [row.code for row in CLOSE_CODES] == sorted(CloseCode)
