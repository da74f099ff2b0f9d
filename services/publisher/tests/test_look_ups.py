"""What both kinds of look-ups promise."""

from __future__ import annotations

import pytest

from publisher.backend_access.look_ups import LookUps, SystemLookUps
from publisher.backend_access.memory import MemoryLookUps


@pytest.fixture(params=["system", "memory"])
def look_ups(request: pytest.FixtureRequest) -> LookUps:
    return SystemLookUps() if request.param == "system" else MemoryLookUps({"localhost": ["127.0.0.1"]})


async def test_name_of_this_machine_is_found(look_ups: LookUps) -> None:
    found = await look_ups.look_up("localhost")

    assert found
    assert all(address.is_loopback for address in found)


async def test_name_without_an_address_is_no_error(look_ups: LookUps) -> None:
    assert list(await look_ups.look_up("a..b")) == []
