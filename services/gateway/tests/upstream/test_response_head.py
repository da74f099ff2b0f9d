"""What the backend may answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.upstream.errors import BackendRefused, InvalidBackendAnswer
from gateway.upstream.request import UpgradeOffer
from gateway.upstream.response_head import ResponseHeadParser

# The example of RFC 6455, 1.3.
OFFER = UpgradeOffer("dGhlIHNhbXBsZSBub25jZQ==", ("chat", "soap"), ("permessage-deflate",))
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
UPGRADE = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]


def answer(*lines: bytes) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


@settings(deadline=None)
@given(st.lists(st.integers(1, 80)))
def test_acceptance_is_read_however_it_is_cut(sizes: list[int]) -> None:
    parser, found = ResponseHeadParser(OFFER), None
    rest = answer(
        *UPGRADE, ACCEPT, b"Set-Cookie: a=b", b"Keep-Alive: 5", b"Content-Length: 0", b"Sec-WebSocket-Protocol: soap"
    )
    frames = b"\x81\x02hi"
    for size in [*sizes, 10_000]:
        if found is None:
            chunk, rest = rest[:size], rest[size:]
            found = parser.feed(chunk if rest else chunk + frames)

    assert found is not None
    assert found.subprotocol == "soap"
    assert found.first_frames == frames
    assert [field.written_name for field in found.headers] == [
        "Sec-WebSocket-Accept", "Set-Cookie", "Sec-WebSocket-Protocol",
    ]  # fmt: skip


@pytest.mark.parametrize("status", [200, 301, 302, 400, 401, 403, 404, 426, 429, 500, 503, 100, 103])
def test_other_status_is_a_refusal(status: int) -> None:
    with pytest.raises(BackendRefused) as caught:
        ResponseHeadParser(OFFER).feed(
            answer(b"HTTP/1.1 %d X" % status, b"Location: http://elsewhere", b"Retry-After: 9")
        )

    assert caught.value.status == status
    assert caught.value.retry_after == "9"


@pytest.mark.parametrize(
    "lines",
    [
        [*UPGRADE],
        [*UPGRADE, b"Sec-WebSocket-Accept: wrong"],
        [*UPGRADE, ACCEPT, ACCEPT],
        [UPGRADE[0], UPGRADE[2], ACCEPT],
        [UPGRADE[0], UPGRADE[1], ACCEPT],
        [UPGRADE[0], b"Upgrade: h2c", UPGRADE[2], ACCEPT],
        [*UPGRADE, ACCEPT, b"Sec-WebSocket-Protocol: other"],
        [*UPGRADE, ACCEPT, b"Sec-WebSocket-Protocol: chat, soap"],
        [*UPGRADE, ACCEPT, b"Sec-WebSocket-Protocol: chat", b"Sec-WebSocket-Protocol: soap"],
        [*UPGRADE, ACCEPT, b"Sec-WebSocket-Extensions: x-other"],
        [*UPGRADE, ACCEPT, b"Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate"],
        [b"HTTP/1.0 101 Switching Protocols", *UPGRADE[1:], ACCEPT],
        [b"HTTP/1.1  101 X", *UPGRADE[1:], ACCEPT],
        [*UPGRADE, ACCEPT, b"X: a\0b"],
        [*UPGRADE, ACCEPT, b"X : a"],
        [*UPGRADE, ACCEPT, b"X: " + b"a" * 9000],
        [b"garbage"],
    ],
)
def test_wrong_acceptance_is_invalid(lines: list[bytes]) -> None:
    with pytest.raises(InvalidBackendAnswer):
        ResponseHeadParser(OFFER).feed(answer(*lines))


@pytest.mark.parametrize("start", [b"\x16\x03", b"SSH-2.0", b"HTTP/2", b"HTTP/1.1 101\n"])
def test_bytes_that_are_no_answer_are_told_at_once(start: bytes) -> None:
    with pytest.raises(InvalidBackendAnswer):
        ResponseHeadParser(OFFER).feed(start)


def test_endless_head_is_cut() -> None:
    parser = ResponseHeadParser(OFFER)
    parser.feed(b"HTTP/1.1 101 ")

    def feed_for_ever() -> None:
        while True:
            parser.feed(b"x" * 1000)

    with pytest.raises(InvalidBackendAnswer):
        feed_for_ever()
