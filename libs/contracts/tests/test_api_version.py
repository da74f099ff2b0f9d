"""Versions that differ by trailing `.0` only are one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.api_version import canonical_version

versions = st.lists(st.integers(0, 30).map(str), min_size=1, max_size=5).map(".".join)


@pytest.mark.parametrize(
    ("literal", "canonical"),
    [
        ("1", "1"),
        ("1.0", "1"),
        ("1.0.0", "1"),
        ("1.0.0.0", "1"),
        ("10", "10"),
        ("10.0", "10"),
        ("1.10", "1.10"),
        ("1.0.1", "1.0.1"),
        ("2.0.10", "2.0.10"),
        ("0.0", "0"),
        ("0", "0"),
        ("v1.0", "v1"),
        ("1.00", "1.00"),
        (".0", ".0"),
        ("latest", "latest"),
        ("", ""),
    ],
)
def test_canonical_form(literal: str, canonical: str) -> None:
    assert canonical_version(literal) == canonical


@given(versions)
def test_canonical_form_is_its_own(version: str) -> None:
    once = canonical_version(version)

    assert canonical_version(once) == once


@given(versions, st.integers(0, 4))
def test_trailing_zeros_make_no_difference(version: str, zeros: int) -> None:
    assert canonical_version(version + ".0" * zeros) == canonical_version(version)


@given(versions, versions)
def test_versions_are_one_only_if_their_numbers_are(left: str, right: str) -> None:
    def numbers(version: str) -> list[str]:
        parts = version.split(".")
        while len(parts) > 1 and parts[-1] == "0":
            parts.pop()
        return parts

    assert (canonical_version(left) == canonical_version(right)) is (numbers(left) == numbers(right))
