"""W3C Trace Context: valid ones go on, the others are replaced."""

from __future__ import annotations

import re
import uuid

import pytest

from gateway.handshake.request_head import RequestHead
from gateway.handshake.trace_context import NoTracing, with_trace_context
from gateway.http1.header_field import HeaderField, values

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def shown_to_backend(asked: list[HeaderField]) -> tuple[HeaderField, ...]:
    head = RequestHead("GET", "/", "", "localhost", tuple(asked))
    return with_trace_context(asked, NoTracing().begin(head, session_id=uuid.uuid4().hex), asked=head)


def headers(*traceparents: str) -> list[HeaderField]:
    found = [HeaderField("traceparent", "Traceparent", value) for value in traceparents]
    return [*found, HeaderField("tracestate", "tracestate", "vendor=1"), HeaderField("x-other", "X-Other", "1")]


@pytest.mark.parametrize(
    "value", [f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00", f"cc-{TRACE}-{SPAN}-01", f"01-{TRACE}-{SPAN}-01-more"]
)
def test_valid_trace_context_goes_on_as_it_is(value: str) -> None:
    asked = headers(value)

    assert shown_to_backend(asked) == tuple(asked)


@pytest.mark.parametrize(
    "found",
    [
        (),
        ("",),
        ("rubbish",),
        (f"00-{TRACE}-{SPAN}",),
        (f"00-{TRACE}-{SPAN}-01-more",),
        (f"00-{TRACE.upper()}-{SPAN}-01",),
        (f"00-{'0' * 32}-{SPAN}-01",),
        (f"00-{TRACE}-{'0' * 16}-01",),
        (f"ff-{TRACE}-{SPAN}-01",),
        (f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01"),
    ],
)
def test_missing_or_invalid_trace_context_is_begun_anew(found: tuple[str, ...]) -> None:
    shown = shown_to_backend(headers(*found))

    (traceparent,) = values(shown, "traceparent")
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", traceparent)
    assert values(shown, "tracestate") == []
    assert values(shown, "x-other") == ["1"]


def test_every_handshake_begins_a_trace_of_its_own() -> None:
    found = {values(shown_to_backend([]), "traceparent")[0] for _ in range(100)}

    assert len({value.split("-")[1] for value in found}) == 100
