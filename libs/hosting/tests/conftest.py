"""The shop in this process, and the shop as a process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from .shop import shop_app

StartShop = Callable[[str], tuple[subprocess.Popen[str], int]]


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=shop_app())
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        yield client


@pytest.fixture
def start_shop() -> Iterator[StartShop]:
    """Starts it with the named background; gives the process and its port."""
    with ExitStack() as ends:

        def start(background: str) -> tuple[subprocess.Popen[str], int]:
            command = [sys.executable, str(Path(__file__).with_name("shop.py")), background]
            shop = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            ends.callback(_end, shop)
            assert shop.stdout is not None
            return shop, int(shop.stdout.readline())

        yield start


def _end(shop: subprocess.Popen[str]) -> None:
    if shop.poll() is None:
        shop.kill()
    shop.communicate(timeout=10)
