"""`SLUICE_BACKEND_ALLOW` as operators write it."""

from __future__ import annotations

import ipaddress

import pytest

from backends.allow_list import parse_allow_list
from backends.errors import InvalidAllowList


def test_addresses_ranges_names_and_patterns_are_read() -> None:
    allow = parse_allow_list(" localhost,127.0.0.0/8, ::1/128 fd00::/8\n10.1.2.3,*.Sluice.svc.,Echo ")

    assert [str(network) for network in allow.networks] == ["127.0.0.0/8", "::1/128", "fd00::/8", "10.1.2.3/32"]
    assert allow.names == {"localhost", "echo"}
    assert allow.suffixes == (".sluice.svc",)


@pytest.mark.parametrize("text", ["", "  ", ",", " , "])
def test_empty_list_exempts_nothing(text: str) -> None:
    assert not parse_allow_list(text)


@pytest.mark.parametrize(
    "entry",
    ["10.0.0.1/8", "10.0.0.0/33", "127.1", "2130706433", "0x7f.1", "[::1]", "::1/129", "echo:9000", "ws://echo", "*",
     "*.", "*echo", "e*cho", "echo.*", "*.127.1", "*.1", "①②⑦.⓪.⓪.①", "a..b", "-"],
)  # fmt: skip
def test_wrong_entry_is_named_in_the_error(entry: str) -> None:
    with pytest.raises(InvalidAllowList) as refused:
        parse_allow_list(f"localhost, {entry}")

    assert entry.partition("/")[0] in str(refused.value)


def test_family_of_addresses_does_not_matter_when_asked() -> None:
    allow = parse_allow_list("10.0.0.0/8")

    assert allow.holds(ipaddress.ip_address("10.9.9.9"))
    assert not allow.holds(ipaddress.ip_address("fd00::1"))
