"""Which values of deny policies mean the same thing, and that the intervals of addresses are what each policy says."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.publisher import DenyPolicy, DenyType
from gateway.routing.address import Interval, Intervals, address_number
from gateway.routing.deny_index import DenyIndex
from gateway.routing.path import base_path


def index_of(*policies: DenyPolicy) -> DenyIndex:
    index = DenyIndex()
    for policy in policies:
        index = index.with_policy(policy)
    return index


def policy(kind: DenyType, value: str, **changes: Any) -> DenyPolicy:
    return DenyPolicy(**{"id": f"{value}{changes}", "type": kind, "value": value} | changes)


@pytest.mark.parametrize(
    ("value", "context", "version", "is_denied"),
    [
        ("/chat/1.0.0", "/chat", "1.0", True),
        ("/chat/1", "/chat", "1.0.0", True),
        ("chat/1.0/", "/chat", "1", True),
        ("/chat/1.0", "/chat", "1.1", False),
        ("/chat", "/chat", "1.0", False),
        ("/v/1.0.0/chat", "/v/{version}/chat", "1.0", True),
        ("/v1.0/2", "/v1", "2", False),
        ("", "/chat", "1.0", False),
    ],
)
def test_api_is_named_by_its_context_and_version(value: str, context: str, version: str, *, is_denied: bool) -> None:
    index = index_of(policy(DenyType.API, value))

    assert index.denies_api(base_path(context, version)) is is_denied


@pytest.mark.parametrize(
    ("value", "address", "is_denied"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "::ffff:192.0.2.7", True),
        ("::ffff:c000:207", "192.0.2.7", True),
        ("2001:DB8:0:0::1", "2001:db8::1", True),
        ("fe80::1", "fe80::1%eth0", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("nonsense", "192.0.2.7", False),
        ("192.0.2.7", "", False),
    ],
)
def test_every_spelling_of_an_address_is_the_same(value: str, address: str, *, is_denied: bool) -> None:
    index = index_of(policy(DenyType.IP, value))

    assert index.denies_address(address) is is_denied


def test_inverted_address_denies_every_other() -> None:
    index = index_of(policy(DenyType.IP, "192.0.2.7", invert=True))

    assert not index.denies_address("192.0.2.7")
    assert index.denies_address("192.0.2.8")
    assert index.denies_address("2001:db8::1")
    assert index.denies_address("no address")


def test_inverted_ranges_leave_only_what_all_of_them_leave() -> None:
    first = policy(DenyType.IPRANGE, "10.0.0.0", last_address="10.0.0.20", invert=True)
    second = policy(DenyType.IPRANGE, "10.0.0.10", last_address="10.0.0.30", invert=True)

    assert not index_of(first, second).denies_address("10.0.0.15")
    assert index_of(first, second).denies_address("10.0.0.25")
    assert not index_of(first, second).without_policy(first).denies_address("10.0.0.25")


def test_application_is_named_by_its_owner_and_name_and_a_user_by_name() -> None:
    index = index_of(policy(DenyType.APPLICATION, "sue:Client"), policy(DenyType.USER, "carl"))

    assert index.denies_application(owner="sue", name="Client")
    assert not index.denies_application(owner="carl", name="Client")
    assert index.denies_user("carl")
    assert not index.denies_user("sue")


def test_disabled_policy_denies_nobody() -> None:
    index = index_of(policy(DenyType.USER, "carl", enabled=False), policy(DenyType.IP, "10.0.0.1", enabled=False))

    assert index.is_empty
    assert not index.denies_user("carl")


def test_same_value_is_denied_until_the_last_policy_of_it_is_gone() -> None:
    first, second = policy(DenyType.USER, "carl"), policy(DenyType.USER, "carl", invert=True)
    index = index_of(first, second)

    assert index.without_policy(first).denies_user("carl")
    assert not index.without_policy(first).without_policy(second).denies_user("carl")


def _spelled(number: int) -> str:
    return str(IPv4Address(number - (0xFFFF << 32))) if number >> 32 == 0xFFFF else str(IPv6Address(number))


_NUMBERS = st.integers(min_value=(0xFFFF << 32) - 3, max_value=(0xFFFF << 32) + 40)


@given(st.lists(st.tuples(_NUMBERS, _NUMBERS, st.booleans()), max_size=6), _NUMBERS)
def test_address_is_denied_exactly_where_a_policy_says_so(ranges: list[tuple[int, int, bool]], number: int) -> None:
    policies = [
        policy(DenyType.IPRANGE, _spelled(first), id=str(at), last_address=_spelled(last), invert=invert)
        for at, (first, last, invert) in enumerate(ranges)
    ]

    is_denied = index_of(*policies).denies_address(_spelled(number))

    assert is_denied == any((min(a, b) <= number <= max(a, b)) != invert for a, b, invert in ranges)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=10), st.integers(-1, 40))
def test_merged_intervals_hold_what_any_of_them_holds(parts: list[tuple[int, int]], number: int) -> None:
    merged = Intervals(Interval(first, first + length) for first, length in parts)

    assert (number in merged) == any(first <= number <= first + length for first, length in parts)


def test_number_of_what_is_no_address_is_none() -> None:
    assert address_number("256.0.0.1") is None
