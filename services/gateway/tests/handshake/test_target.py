"""Paths in their one normal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.handshake.target import MalformedTarget, parse_target


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("/", "/"),
        ("/echo/1.0.0", "/echo/1.0.0"),
        ("/echo/1.0.0/", "/echo/1.0.0/"),
        ("//echo///1.0", "/echo/1.0"),
        ("//", "/"),
        ("/ech%6f/1%2e0", "/echo/1.0"),
        ("/%7euser", "/~user"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/a;b=c/d", "/a;b=c/d"),
        ("/a%3bb", "/a%3Bb"),
        ("/Echo", "/Echo"),
        ("/a%20b", "/a%20b"),
        ("/...", "/..."),
        ("/.well-known", "/.well-known"),
    ],
)
def test_path_has_one_spelling(written: str, path: str) -> None:
    assert parse_target(written + "?q=%2e").path == path
    assert parse_target(written + "?q=%2e").query == "q=%2e"


@pytest.mark.parametrize(
    "written",
    [
        "", "*", "a", "http://a/", "/..", "/.", "/a/../b", "/a/./b", "/a/%2e%2e/b", "/a/.%2E/b", "/%2e", "/a/..",
        "/a%2fb", "/a%2Fb", "/a\\b", "/a%5cb", "/a%00b", "/a%0d%0ab", "/a%7fb", "/a%", "/a%2", "/a%zz",
        "/%c0%ae%c0%ae/b", "/%c0%af", "/%ff", "/a\"b", "/a<b", "/a{b", "/a|b", "/a#b", "/a?b#c", "/a b",
    ],
)  # fmt: skip
def test_path_that_could_be_read_in_two_ways_is_refused(written: str) -> None:
    with pytest.raises(MalformedTarget):
        parse_target(written)


@given(st.text("/.%2eEfF5cC;a\\", max_size=12))
def test_normal_form_is_stable(text: str) -> None:
    try:
        path = parse_target("/" + text).path
    except MalformedTarget:
        return

    assert parse_target(path).path == path
    assert "//" not in path
    assert "/../" not in path + "/"
