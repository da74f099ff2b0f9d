"""The channel that fits a sub-path best: exact before template before wildcard."""

from __future__ import annotations

import pytest

from contracts.publisher import Operation
from gateway.routing.channel import find_channel, required_scopes

OPERATIONS = tuple(
    Operation(target=target, verb="SUBSCRIBE", scopes=(target,))
    for target in ("/*", "/rooms/*", "/{any}/lobby", "/rooms/{room}", "/rooms/lobby", "/a/{b}/c", "/{a}/{b}/c")
)


@pytest.mark.parametrize(
    ("sub_path", "target"),
    [
        ("", "/*"),
        ("/", "/*"),
        ("/x", "/*"),
        ("/rooms", "/rooms/*"),
        ("/rooms/lobby", "/rooms/lobby"),
        ("/rooms/lobby/", "/rooms/lobby"),
        ("/rooms/blue", "/rooms/{room}"),
        ("/halls/lobby", "/{any}/lobby"),
        ("/rooms/blue/deep", "/rooms/*"),
        ("/a/x/c", "/a/{b}/c"),
        ("/x/y/c", "/{a}/{b}/c"),
        ("/Rooms/lobby", "/{any}/lobby"),
        ("/x/y/z", "/*"),
    ],
)
@pytest.mark.parametrize("operations", [OPERATIONS, OPERATIONS[::-1]], ids=["in order", "reversed"])
def test_best_channel_wins_in_any_order(operations: tuple[Operation, ...], sub_path: str, target: str) -> None:
    assert [operation.target for operation in find_channel(operations, sub_path)] == [target]


def test_both_directions_of_a_channel_are_found() -> None:
    both = tuple(Operation(target="/chat", verb=verb, scopes=(verb,)) for verb in ("SUBSCRIBE", "PUBLISH"))

    channel = find_channel((*both, OPERATIONS[0]), "/chat")

    assert channel == both
    assert required_scopes(channel) == {"SUBSCRIBE", "PUBLISH"}


def test_no_operation_that_fits_is_no_channel() -> None:
    assert find_channel((Operation(target="/chat", verb="SUBSCRIBE"),), "/other") == ()
    assert find_channel((Operation(target="/chat", verb="SUBSCRIBE"),), "/chat/more") == ()


def test_api_without_operations_has_one_channel_for_everything() -> None:
    channel = find_channel((), "/what/ever")

    assert {operation.target for operation in channel} == {"/*"}
    assert required_scopes(channel) == frozenset()


def test_root_channel_is_the_empty_sub_path_only() -> None:
    operations = (Operation(target="/", verb="SUBSCRIBE"),)

    assert find_channel(operations, "") == operations
    assert find_channel(operations, "/") == operations
    assert find_channel(operations, "/x") == ()
