"""Everything in this folder runs on uvloop, as the gateway does, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from .plane import Plane, open_plane


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with open_plane() as opened:
        yield opened
