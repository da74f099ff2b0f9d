"""What a meter's verdicts do to the messages of one direction, with the frames of `websockets` as the oracle."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from gateway.session.inspector import Finding
from gateway.session.leg import Leg
from gateway.session.meter import UNLIMITED_METER, Verdict
from gateway.session.scripted_meter import ScriptedMeter

from .legs import MemoryTransport, Pair, ScriptedInspector

HELD = [Verdict.PAUSE, Verdict.WAIT]


def wire(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin=fin).serialize(mask=masked)


@dataclass
class Traffic:
    """A stream of frames, what the meter will say of its messages, and what of it must arrive."""

    stream: bytes = b""
    expected: bytes = b""
    verdicts: list[Verdict] = field(default_factory=list)
    forwarded: int = 0
    forwarded_bytes: int = 0
    dropped: int = 0


@st.composite
def traffics(draw: st.DrawFn, *, masked: bool) -> Traffic:
    traffic = Traffic()
    for _ in range(draw(st.integers(1, 7))):
        verdict = draw(st.sampled_from([Verdict.FORWARD, Verdict.DROP]))
        traffic.verdicts += [*draw(st.lists(st.sampled_from(HELD), max_size=2)), verdict]
        fragments = draw(st.integers(1, 3))
        for index in range(fragments):
            if draw(st.booleans()):
                ping = wire(draw(st.sampled_from([9, 10])), draw(st.binary(max_size=9)), masked=masked)
                traffic.stream += ping
                traffic.expected += ping
            payload = draw(st.binary(max_size=9)) * draw(st.sampled_from([1, 1, 20, 9000]))
            opcode = draw(st.sampled_from([1, 2])) if index == 0 else 0
            frame = wire(opcode, payload, fin=index == fragments - 1, masked=masked)
            traffic.stream += frame
            if verdict is Verdict.FORWARD:
                traffic.expected += frame
                traffic.forwarded_bytes += len(payload)
        traffic.forwarded += verdict is Verdict.FORWARD
        traffic.dropped += verdict is Verdict.DROP
    return traffic


def chunks_of(stream: bytes, data: st.DataObject) -> list[bytes]:
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    edges = [0, *cuts, len(stream)]
    return [stream[begin:end] for begin, end in pairwise(edges) if end > begin]


def sides(pair: Pair, *, masked: bool) -> tuple[Leg, MemoryTransport, MemoryTransport]:
    """The leg a direction starts at, its own transport and the one it writes to."""
    if masked:
        return pair.client, pair.client_transport, pair.backend_transport
    return pair.backend, pair.backend_transport, pair.client_transport


@pytest.mark.parametrize("masked", [True, False])
@given(data=st.data())
def test_only_whole_dropped_messages_are_missing(masked: bool, data: st.DataObject) -> None:
    traffic = data.draw(traffics(masked=masked))
    pair, meter = Pair(), ScriptedMeter(traffic.verdicts)
    leg, source, sink = sides(pair, masked=masked)
    leg.use_meter(meter)

    for chunk in chunks_of(traffic.stream, data):
        leg.data_received(chunk)
        assert source.is_read is not leg.is_holding
        while leg.is_holding and data.draw(st.integers(0, 9)):  # now and then a chunk comes although it is paused
            meter.change()
    while leg.is_holding:
        meter.change()

    assert bytes(sink.written) == traffic.expected
    assert (meter.spent_messages, meter.spent_bytes) == (traffic.forwarded, traffic.forwarded_bytes)
    assert (leg.walk.messages, leg.walk.payload_bytes) == (traffic.forwarded, traffic.forwarded_bytes)
    assert (leg.dropped, leg.unsent, leg.is_between_messages) == (traffic.dropped, 0, True)
    assert (leg.sifting, source.is_read, meter.waiting) == (None, True, [])


@pytest.mark.parametrize("masked", [True, False])
@given(data=st.data())
def test_credit_that_comes_and_goes_changes_no_byte_and_no_count(masked: bool, data: st.DataObject) -> None:
    traffic = data.draw(traffics(masked=masked))
    pair, meter = Pair(), ScriptedMeter()
    leg, _, sink = sides(pair, masked=masked)
    leg.use_meter(meter)

    for chunk in chunks_of(traffic.stream, data):
        meter.message_credit = data.draw(st.sampled_from([0, 3, 10**6]))
        leg.data_received(chunk)

    assert bytes(sink.written) == traffic.stream
    assert meter.spent_messages == traffic.forwarded + traffic.dropped
    assert meter.spent_bytes == leg.walk.payload_bytes


@pytest.mark.parametrize("masked", [True, False])
@given(data=st.data())
def test_inserted_frames_stand_on_boundaries(masked: bool, data: st.DataObject) -> None:
    notice, ping = wire(1, b"inserted notice", masked=masked), wire(9, b"inserted ping", masked=masked)
    traffic = data.draw(traffics(masked=masked))
    pair, meter = Pair(), ScriptedMeter(verdict for verdict in traffic.verdicts if verdict not in HELD)
    leg, _, sink = sides(pair, masked=masked)
    leg.use_meter(meter)

    for chunk in chunks_of(traffic.stream, data):
        which = data.draw(st.sampled_from(["notice", "ping", "none"]))
        if which != "none":
            leg.insert(notice if which == "notice" else ping, is_control=which == "ping")
        leg.data_received(chunk)

    written = bytes(sink.written)
    assert written.replace(notice, b"").replace(ping, b"") == traffic.expected
    assert_whole_frames(written, masked=masked)


def assert_whole_frames(stream: bytes, *, masked: bool) -> None:
    """Read by another parser, every frame is whole and no data frame begins inside a fragmented message."""
    in_message = False
    for frame in data_frames(stream, masked=masked):
        assert (frame[0] & 0x0F == 0) is in_message
        in_message = not frame[0] & 0x80
    assert not in_message


def test_chunk_within_the_credit_is_written_once_and_not_judged() -> None:
    pair, meter = Pair(), ScriptedMeter(message_credit=1000)
    pair.client.use_meter(meter)
    chunk = wire(1, b"hello") * 30

    pair.client.data_received(chunk)

    assert (pair.backend_transport.write_count, meter.judged, meter.spent_messages) == (1, 0, 30)


def test_unlimited_meter_is_not_even_asked() -> None:
    pair = Pair()

    pair.client.use_meter(UNLIMITED_METER)

    assert pair.client.meter is None


def test_close_verdict_swallows_what_follows_and_is_told() -> None:
    pair, meter = Pair(), ScriptedMeter([Verdict.FORWARD, Verdict.CLOSE])
    pair.client.use_meter(meter)

    first = wire(1, b"first")

    pair.client.data_received(first + wire(1, b"second") + wire(1, b"third"))

    assert pair.backend_transport.written == first
    assert pair.is_throttled_out


def test_message_that_others_are_compressed_with_closes_instead_of_being_dropped() -> None:
    pair, meter = Pair(indivisible=0x40), ScriptedMeter([Verdict.DROP, Verdict.DROP])
    pair.client.use_meter(meter)

    pair.client.data_received(wire(1, b"plain"))
    assert not pair.is_throttled_out
    pair.client.data_received(b"\xc1" + wire(1, b"compressed")[1:])

    assert pair.is_throttled_out


def test_close_behind_a_held_message_keeps_its_place() -> None:
    pair, meter = Pair(), ScriptedMeter([Verdict.WAIT])
    pair.client.use_meter(meter)
    stream = wire(1, b"held") + wire(8, b"\x03\xe8")

    pair.client.data_received(stream)
    assert not pair.backend_transport.written
    meter.change()

    assert pair.backend_transport.written == stream


def test_new_meter_judges_what_the_old_one_held() -> None:
    pair, meter = Pair(), ScriptedMeter([Verdict.PAUSE])
    pair.client.use_meter(meter)
    stream = wire(1, b"held")
    pair.client.data_received(stream)

    pair.client.use_meter(UNLIMITED_METER)

    assert pair.backend_transport.written == stream
    assert (meter.waiting, pair.client.meter, pair.client_transport.is_read) == ([], None, True)


def test_end_of_the_direction_forgets_what_is_held_but_sees_the_close() -> None:
    pair, meter = Pair(), ScriptedMeter([Verdict.PAUSE])
    pair.client.use_meter(meter)
    pair.client.data_received(wire(1, b"held") + wire(8, b"\x03\xe8"))

    pair.client.sink = MemoryTransport()
    pair.client.end_sifting()

    assert (pair.client.walk.close_code, meter.waiting) == (1000, [])
    assert not pair.backend_transport.written


@pytest.mark.parametrize("masked", [True, False])
@given(data=st.data())
def test_looking_into_messages_changes_no_byte_of_the_good_ones(masked: bool, data: st.DataObject) -> None:
    traffic = data.draw(traffics(masked=masked))
    pair, meter = Pair(), ScriptedMeter(traffic.verdicts)
    leg, _, sink = sides(pair, masked=masked)
    leg.use_meter(meter)
    bad = data.draw(st.sets(st.integers(0, 6)))
    finding = Finding("bad", is_forwarded=data.draw(st.booleans()))
    inspector = ScriptedInspector(finding if number in bad else None for number in range(7))
    leg.look_into(inspector)

    for chunk in chunks_of(traffic.stream, data):
        leg.data_received(chunk)
        while leg.is_holding:
            meter.change()

    controls = [frame for frame in frames_in(traffic.expected, masked=masked) if frame[0] & 8]
    passed = [frames for number, frames in enumerate(inspector.seen) if number not in bad or finding.is_forwarded]
    assert b"".join(inspector.seen) == b"".join(data_frames(traffic.expected, masked=masked))
    assert b"".join(data_frames(bytes(sink.written), masked=masked)) == b"".join(passed)
    assert [frame for frame in frames_in(bytes(sink.written), masked=masked) if frame[0] & 8] == controls
    assert leg.invalid == len(pair.findings) == len(bad & set(range(len(inspector.seen))))


def data_frames(stream: bytes, *, masked: bool) -> list[bytes]:
    return [frame for frame in frames_in(stream, masked=masked) if not frame[0] & 8]


def frames_in(stream: bytes, *, masked: bool) -> list[bytes]:
    frames = []
    while stream:
        end = end_of_frame(stream, masked=masked)
        frames.append(stream[:end])
        stream = stream[end:]
    return frames


def end_of_frame(stream: bytes, *, masked: bool) -> int:
    length_code = stream[1] & 0x7F
    size_bytes = {126: 2, 127: 8}.get(length_code, 0)
    length = int.from_bytes(stream[2 : 2 + size_bytes], "big") if size_bytes else length_code
    end = 2 + size_bytes + (4 if masked else 0) + length
    assert len(stream) >= end
    return end
