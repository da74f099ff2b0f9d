"""The heads of messages, read strictly."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http1.errors import FirstLineTooLong, HeaderTooLarge, MalformedHead
from gateway.http1.head_buffer import MAX_HEADERS, HeadBuffer
from gateway.http1.header_field import HeaderField, list_members, split_head


def feed_in_parts(head: bytes, cuts: list[int]) -> tuple[bytes, bytes] | None:
    buffer = HeadBuffer()
    bounds = sorted({0, len(head), *(cut % (len(head) + 1) for cut in cuts)})
    found = None
    for start, end in pairwise(bounds):
        found = buffer.feed(head[start:end])
        if found is not None:
            return found[0], found[1] + head[end:]
    return found


@given(st.lists(st.integers(0, 10_000)))
def test_head_is_found_however_it_is_cut(cuts: list[int]) -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 500 + b"\r\n\r\nrest"

    found = feed_in_parts(head, cuts)

    assert found == (head[:-8], b"rest")


def test_value_keeps_its_bytes_and_loses_outer_space() -> None:
    _, fields = split_head(b"GET / HTTP/1.1\r\nX-Name: \t caf\xe9 \xff\t ")

    assert fields == [HeaderField("x-name", "X-Name", "caf\xe9 \xff")]


def test_list_runs_over_lines_and_skips_empty_members() -> None:
    _, fields = split_head(b"GET / HTTP/1.1\r\nConnection: keep-alive,, Upgrade\r\nX: 1\r\nconnection: foo")

    assert list_members(fields, "connection") == ["keep-alive", "Upgrade", "foo"]


@pytest.mark.parametrize(
    "line",
    [
        b" folded: x", b"\tfolded: x", b"Name : x", b"no colon", b": empty", b"N\xe4me: x", b"Na me: x",
        b"Host", b"host ", b"X: a\x00b", b"X: a\n\rb", b"X: a\rb", b"X: a\nb", b"X: a\x7fb", b"X: a\x1bb",
    ],
)  # fmt: skip
def test_lenient_header_line_is_malformed(line: bytes) -> None:
    with pytest.raises(MalformedHead):
        split_head(b"GET / HTTP/1.1\r\n" + line)


def test_bare_line_feed_is_told_before_the_head_ends() -> None:
    with pytest.raises(MalformedHead):
        HeadBuffer().feed(b"GET / HTTP/1.1\nHost: a\n")


def test_cr_and_lf_in_two_chunks_are_one_line_end() -> None:
    buffer = HeadBuffer()

    assert buffer.feed(b"GET / HTTP/1.1\r") is None
    assert buffer.feed(b"\nHost: a\r") is None
    assert buffer.feed(b"\n\r\n") == (b"GET / HTTP/1.1\r\nHost: a", b"")


@pytest.mark.parametrize("chunk_size", [1, 1000, 70_000])
@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"GET /" + b"a" * 9000, FirstLineTooLong),
        (b"GET /" + b"a" * 66_000 + b" HTTP/1.1\r\nHost: a\r\n", FirstLineTooLong),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9000, HeaderTooLarge),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * (MAX_HEADERS + 2), HeaderTooLarge),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"a" * 8000 + b"\r\n") * 9, HeaderTooLarge),
    ],
)
def test_limit_is_told_before_the_head_ends(head: bytes, error: type[Exception], chunk_size: int) -> None:
    buffer = HeadBuffer()

    def feed_all() -> None:
        for start in range(0, len(head), chunk_size):
            buffer.feed(head[start : start + chunk_size])

    with pytest.raises(error):
        feed_all()


def test_hundred_headers_are_not_too_many() -> None:
    _, fields = split_head(b"GET / HTTP/1.1" + b"\r\nX: a" * MAX_HEADERS)

    assert len(fields) == MAX_HEADERS
