"""Channels that lead elsewhere on the backend: placeholders filled from the path, without a way out of their place."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.publisher import Operation
from gateway.handshake.target import MalformedTarget, parse_target
from gateway.routing.uri_mapping import UnknownPlaceholder, mapped_target


def channel(target: str, mapping: str | None) -> tuple[Operation, ...]:
    return (Operation(target=target, verb="SUBSCRIBE"), Operation(target=target, verb="PUBLISH", uri_mapping=mapping))


@pytest.mark.parametrize(
    ("target", "mapping", "sub_path", "mapped"),
    [
        ("/rooms/{room}", None, "/rooms/5", None),
        ("/rooms/{room}", "/v2/{room}", "/rooms/5", "/v2/5"),
        ("/rooms/{room}", "/v2/{uri.var.room}", "/rooms/5", "/v2/5"),
        ("/rooms/{room}", "v2/{room}", "/rooms/5", "/v2/5"),
        ("/rooms/{room}", "/all?room={uri.var.room}", "/rooms/5", "/all?room=5"),
        ("/{a}/x/{b}", "/{b}/{a}-{a}", "/1/x/2", "/2/1-1"),
        ("/rooms/{room}", "/fixed", "/rooms/5", "/fixed"),
        ("/rooms/{room}", "/v2/{room}", "/rooms/a%20b%C3%BC", "/v2/a%20b%C3%BC"),
        ("/rooms/{room}", "/v2?r={room}", "/rooms/a%20b", "/v2?r=a%20b"),
        ("/rooms/{room}", "/v2?r={room}&x=1", "/rooms/5&x=2", "/v2?r=5%26x%3D2&x=1"),
        ("/rooms/{room}", "/v2?r={room}", "/rooms/a+b", "/v2?r=a%2Bb"),
        ("/*", "/all", "/anything/at/all", "/all"),
    ],
)
def test_mapping_takes_the_place_of_the_path(target: str, mapping: str | None, sub_path: str, mapped: str) -> None:
    assert mapped_target(channel(target, mapping), sub_path) == mapped


@pytest.mark.parametrize("mapping", ["/v2/{other}", "/v2?x={uri.var.other}", "/{uri.var.}"])
def test_unknown_placeholder_is_an_error(mapping: str) -> None:
    with pytest.raises(UnknownPlaceholder):
        mapped_target(channel("/rooms/{room}", mapping), "/rooms/5")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_value_never_leaves_its_place(text: str) -> None:
    try:
        path = parse_target("/rooms/" + "".join(f"%{byte:02X}" for byte in text.encode())).path
    except MalformedTarget:
        return  # Refused before there is anything to map.

    mapped = mapped_target(channel("/rooms/{room}", "/v2/{room}/end?a={room}&b=1"), path)

    assert mapped is not None
    before, _, query = mapped.partition("?")
    assert re.fullmatch(r"/v2/[^/?#]+/end", before)
    assert parse_target(before).path == before
    assert parse_qsl(query, keep_blank_values=True) == [("a", text), ("b", "1")]
