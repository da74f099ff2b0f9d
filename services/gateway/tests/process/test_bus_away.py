"""F2 and F3: a gateway that starts while the bus is away, with a snapshot and without one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from backing.eventually import eventually, free_ports
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    Site,
    expect_echo,
    fresh_token,
    open_client,
)

SOON = timedelta(seconds=20)


async def written_snapshot(site: Site, path: Path) -> None:
    """What a gateway leaves behind that is killed."""
    with site.gateway("first", SNAPSHOT_FILE=str(path), SNAPSHOT_EVERY="0.1") as first:
        first.start()
        await first.wait_ready()
        await eventually(path.exists, within=SOON, message="a snapshot is written")


def without_bus(site: Site, **settings: str) -> GatewayProcess:
    """A gateway whose Kafka is not there."""
    return GatewayProcess(site.folder, f"kafka://127.0.0.1:{free_ports(1)[0]}", settings, "without-bus")


async def test_with_a_snapshot_it_serves(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "snapshot"
    await written_snapshot(site, path)
    gateway = without_bus(site, SNAPSHOT_FILE=str(path))
    try:
        gateway.start()
        await gateway.wait_ready()

        async with open_client(gateway, fresh_token()) as client:
            await expect_echo(client, "hello")
        with pytest.raises(InvalidStatus, match="401"):
            await open_client(gateway, "nonsense")
        assert await gateway.stop() == 0
    finally:
        gateway.close()


async def test_without_one_it_refuses_all_and_says_when_to_come_again(site: Site) -> None:
    gateway = without_bus(site)
    try:
        gateway.start()

        async def is_up() -> None:
            assert await gateway.status("/livez") == 200

        await eventually(is_up, within=timedelta(seconds=30), message="it lives", retry_on=(httpx2.HTTPError,))
        with pytest.raises(InvalidStatus) as refused:
            await open_client(gateway, fresh_token())

        assert refused.value.response.status_code == 503
        assert int(refused.value.response.headers["Retry-After"]) > 0
        assert await gateway.status("/readyz") == 503
    finally:
        gateway.close()
