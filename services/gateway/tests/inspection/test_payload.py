"""Payloads out of frames, with `websockets`' own compression as the oracle."""

import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from gateway.inspection.payload import Inflater, NotDeflated, TooBig, wire_payload

BIG = 2**30


@pytest.mark.parametrize("masked", [True, False])
@settings(deadline=None)
@given(st.lists(st.binary(max_size=20).map(lambda part: part * 9000), min_size=1, max_size=4))
def test_payloads_of_all_frames_are_joined(masked: bool, parts: list[bytes]) -> None:
    wire = b"".join(
        Frame(Opcode.CONT if index else Opcode.TEXT, part, fin=index == len(parts) - 1).serialize(mask=masked)
        for index, part in enumerate(parts)
    )

    assert wire_payload(wire) == b"".join(parts)


@pytest.mark.parametrize("keeps_context", [True, False])
@settings(deadline=None)
@given(st.lists(st.binary(max_size=300).map(lambda part: part * 500), min_size=1, max_size=4))
def test_messages_are_inflated_with_and_without_context(keeps_context: bool, messages: list[bytes]) -> None:
    oracle = PerMessageDeflate(not keeps_context, not keeps_context, 15, 15)
    inflater = Inflater(keeps_context=keeps_context)

    for message in messages:
        compressed = bytes(oracle.encode(Frame(Opcode.BINARY, message)).data)
        assert b"".join(inflater.pieces(compressed, max_bytes=BIG)) == message


def test_message_that_ends_its_stream_is_read_and_so_is_the_next() -> None:
    final = zlib.compressobj(wbits=-15)
    compressed = final.compress(b"final") + final.flush() + b"\x00"
    inflater = Inflater(keeps_context=True)

    assert b"".join(inflater.pieces(compressed, max_bytes=100)) == b"final"
    assert b"".join(inflater.pieces(compressed, max_bytes=100)) == b"final"


@pytest.mark.parametrize(("size", "is_too_big"), [(100_000, False), (100_001, True), (50_000_000, True)])
def test_more_than_the_limit_is_never_inflated(size: int, is_too_big: bool) -> None:
    deflater = zlib.compressobj(wbits=-15)
    bomb = deflater.compress(bytes(size)) + deflater.flush(zlib.Z_SYNC_FLUSH)[:-4]
    inflated = 0

    try:
        for piece in Inflater(keeps_context=False).pieces(bomb, max_bytes=100_000):
            inflated += len(piece)
    except TooBig:
        assert is_too_big
    else:
        assert not is_too_big
    assert inflated <= 100_000


def test_what_is_not_deflated_is_told() -> None:
    with pytest.raises(NotDeflated):
        list(Inflater(keeps_context=False).pieces(b"\xff" + os.urandom(100), max_bytes=BIG))
