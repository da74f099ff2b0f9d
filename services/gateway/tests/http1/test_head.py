"""What a head says by name."""

from gateway.http1.head import Head
from gateway.http1.header_field import split_head


def head(*lines: str) -> Head:
    _, fields = split_head("\r\n".join(("GET / HTTP/1.1", *lines)).encode("latin-1"))
    return Head(tuple(fields))


def test_values_are_found_whatever_the_case_of_their_name_and_in_order() -> None:
    asked = head("X-A: 1", "host: h", "x-a: 2", "X-a: 3")

    assert asked.first("x-a") == "1"
    assert asked.values("x-a") == ["1", "2", "3"]
    assert asked.is_repeated("x-a")
    assert asked.values("host") == ["h"]
    assert not asked.is_repeated("host")


def test_what_is_not_there_has_no_values() -> None:
    asked = head("Host: h")

    assert asked.first("origin") is None
    assert asked.values("origin") == asked.list_members("origin") == []
    assert not asked.holds_member("origin", "")


def test_members_of_a_list_are_found_over_all_its_lines_without_regard_to_case() -> None:
    asked = head("Connection: keep-alive,, X", "connection: Upgrade", "Upgrade: WebSocket")

    assert asked.list_members("connection") == ["keep-alive", "X", "Upgrade"]
    assert asked.holds_member("connection", "upgrade")
    assert asked.holds_member("upgrade", "websocket")
    assert not asked.holds_member("connection", "keep")
