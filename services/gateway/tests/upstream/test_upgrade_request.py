"""What the backend is asked."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.http1.header_field import HeaderField
from gateway.upstream.endpoint import parse_endpoint
from gateway.upstream.errors import InvalidEndpoint
from gateway.upstream.request import Forwarded, UnsafeRequest, UpgradeOffer, build_upgrade_request

FORWARDED = Forwarded("192.0.2.1", "https", "api.test")


def build(url: str = "ws://b/", **parts: object) -> bytes:
    arguments: dict[str, object] = {
        "sub_path": "", "query": "", "headers": [], "offer": UpgradeOffer("KEY"), "forwarded": FORWARDED, **parts,
    }  # fmt: skip
    return build_upgrade_request(parse_endpoint(url), **arguments)  # type: ignore[arg-type]  # a table of cases


@pytest.mark.parametrize(
    ("url", "sub_path", "query", "target"),
    [
        ("ws://b", "", "", "/"),
        ("ws://b/", "/x", "", "/x"),
        ("ws://b/base/", "", "", "/base/"),
        ("ws://b/base/", "/x/y", "a=1", "/base/x/y?a=1"),
        ("ws://b/base?k=v", "/x", "a=1&b", "/base/x?k=v&a=1&b"),
        ("ws://b?k=v", "", "", "/?k=v"),
    ],
)
def test_paths_and_queries_are_joined(url: str, sub_path: str, query: str, target: str) -> None:
    request = build(url, sub_path=sub_path, query=query)

    assert request.startswith(f"GET {target} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("ws://b:9000/x", "b:9000"),
        ("wss://b:443/x", "b"),
        ("ws://b:80/x", "b"),
        ("wss://b:80/x", "b:80"),
        ("ws://[::1]:9000/x", "[::1]:9000"),
    ],
)
def test_host_is_the_endpoints(url: str, host: str) -> None:
    request = build(url, headers=[HeaderField("host", "Host", "client.test")])

    assert request.count(b"\r\nHost:") == 1
    assert f"\r\nHost: {host}\r\n".encode() in request


def test_only_end_to_end_headers_go_on() -> None:
    written = {
        "Connection": "Upgrade, X-Named", "X-Named": "n", "Keep-Alive": "k", "TE": "t", "Proxy-Authorization": "p",
        "Authorization": "a", "X-Forwarded-For": "spoof", "X-Forwarded-Anything": "spoof", "X-Real-IP": "spoof",
        "Forwarded": "spoof", "X-JWT-Assertion": "spoof", "X-Application-Name": "spoof", "Expect": "100-continue",
        "Cookie": "c=1", "Origin": "https://o.test", "Sec-WebSocket-Extensions": "permessage-deflate", "X-Own": "yes",
    }  # fmt: skip
    fields = [HeaderField(name.lower(), name, value) for name, value in written.items()]

    request = build(
        headers=fields, offer=UpgradeOffer("KEY", ("chat", "soap")), extra_headers=[("X-JWT-Assertion", "j")]
    )

    assert request.split(b"\r\n")[1:-2] == [
        b"Host: b", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: KEY",
        b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Protocol: chat, soap",
        b"Cookie: c=1", b"Origin: https://o.test", b"Sec-WebSocket-Extensions: permessage-deflate", b"X-Own: yes",
        b"X-Forwarded-For: 192.0.2.1", b"X-Forwarded-Proto: https", b"X-Forwarded-Host: api.test",
        b"X-JWT-Assertion: j",
    ]  # fmt: skip


@settings(deadline=None)
@given(st.text(st.characters(codec="latin-1"), max_size=20), st.sampled_from(["value", "query", "path", "key"]))
def test_no_input_makes_a_header_of_its_own(text: str, place: str) -> None:
    parts: dict[str, dict[str, Any]] = {  # Any: a table of keyword arguments
        "value": {"extra_headers": [("X", text)]},
        "query": {"query": text},
        "path": {"sub_path": "/" + text},
        "key": {"offer": UpgradeOffer(text)},
    }
    plain = build(query="q", extra_headers=[("X", "v")]).count(b"\n")
    try:
        request = build(**parts[place])
    except UnsafeRequest:
        return

    assert request.count(b"\n") == request.count(b"\r\n") == plain - (place != "value")
    assert request.split(b"\r\n")[0].count(b" ") == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://b/", "https://b/", "b", "", "ws://", "ws:///x", "ws://u@b/", "ws://u:p@b/", "ws://b/#f", "ws://b:0/",
        "ws://b:99999/", "ws://b:x/", "ws://b /", "ws://b/\r\nX: y", "ws://b\\@c/", "ws://caf\xe9/", "ws://[::1/",
    ],
)  # fmt: skip
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(InvalidEndpoint):
        parse_endpoint(url)


@pytest.mark.parametrize(
    ("url", "mapped", "query", "target"),
    [
        ("ws://b.test/base?k=1", "/v2/5", "", "/v2/5"),
        ("ws://b.test/base?k=1", "/v2?room=5", "a=b", "/v2?room=5&a=b"),
        ("ws://b.test", "/v2", "a=b", "/v2?a=b"),
    ],
)
def test_mapped_target_takes_the_place_of_the_endpoints_path(url: str, mapped: str, query: str, target: str) -> None:
    request = build(url, sub_path="/rooms/5", mapped=mapped, query=query)

    assert request.startswith(f"GET {target} HTTP/1.1\r\n".encode())
