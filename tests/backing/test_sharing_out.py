"""Journeys on one size of platform are one unit, whatever file they are in; other tests stay with their file."""

import pytest

from backing.sharing_out import unit_of


@pytest.mark.parametrize("size", ["one machine", "many machines"])
def test_journeys_on_a_size_are_one_unit(size: str) -> None:
    units = {
        unit_of(f"tests/e2e/journeys/test_{name}[{parameters}]")
        for name in ("changes.py::test_a", "quotas.py::test_b")
        for parameters in (size, f"{size}-JWT", f"JWT-{size}", f"[-{size}-]")
    }

    assert units == {f"journeys on {size}"}


@pytest.mark.parametrize("name", ["test_a", "test_b[one machine]", "test_c[0]"])
def test_other_tests_stay_with_their_file(name: str) -> None:
    assert unit_of(f"libs/outbox/tests/test_relay.py::{name}") == "libs/outbox/tests/test_relay.py"


def test_journeys_without_a_size_stay_with_their_file() -> None:
    assert unit_of("tests/e2e/journeys/test_launcher.py::test_a[one]") == "tests/e2e/journeys/test_launcher.py"
