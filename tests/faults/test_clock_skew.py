"""F17: a gateway whose clock is wrong. A little is tolerated; much is refused, for a token's times cannot be judged."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from faults.commands import require_command
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    expect_echo,
    fresh_token,
    open_client,
    open_site,
)

TOKEN_SECONDS = 300
REFUSED = r'^sluice_gateway_connections_total\{.*outcome="unauthorized".*\} 1\.0$'


@asynccontextmanager
async def gateway_with_clock(folder: Path, *, skew: str) -> AsyncIterator[GatewayProcess]:
    """A gateway that is `skew` ahead of us or behind; what measures durations is right."""
    require_command("faketime", package="faketime")
    async with open_site(folder) as site:
        with site.gateway() as gateway:
            gateway.under = ("faketime", "-f", skew)
            gateway.environment = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            gateway.start()
            await gateway.wait_ready()
            yield gateway


def _token_of_now() -> str:
    now = int(time.time())
    return fresh_token(iat=now, exp=now + TOKEN_SECONDS)


@pytest.mark.parametrize("skew", ["+20s", "-20s"])
async def test_a_clock_that_is_a_little_wrong_refuses_nobody(tmp_path: Path, skew: str) -> None:
    async with gateway_with_clock(tmp_path, skew=skew) as gateway, open_client(gateway, _token_of_now()) as client:
        await expect_echo(client, "hello")


@pytest.mark.parametrize("skew", ["+10m", "-10m"])
async def test_a_clock_that_is_far_off_refuses_and_counts_it(tmp_path: Path, skew: str) -> None:
    async with gateway_with_clock(tmp_path, skew=skew) as gateway:
        with pytest.raises(InvalidStatus) as refused:
            await open_client(gateway, _token_of_now())

        assert refused.value.response.status_code == 401
        assert re.search(REFUSED, await gateway.metrics(), re.MULTILINE)
