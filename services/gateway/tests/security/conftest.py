"""Everything in this folder runs on uvloop, as the gateway does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import pytest_asyncio
import uvloop

from services.gateway.tests.security.besieged_gateway import BesiegedGateway, besieged_gateway


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gateway() -> AsyncIterator[BesiegedGateway]:
    async with besieged_gateway() as opened:
        yield opened


@pytest.fixture
def gateway(shared_gateway: BesiegedGateway) -> BesiegedGateway:
    """One for all tests of a module, whose backends have seen nothing yet."""
    shared_gateway.own.heads.clear()
    shared_gateway.other.heads.clear()
    return shared_gateway
