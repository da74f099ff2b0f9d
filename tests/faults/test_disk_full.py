"""F30: the disk takes no more: not the snapshot, not the log, not the bus in its file. Whoever is connected notices
nothing, and it mends itself.

A limit on the size of files stands for a full disk: a write beyond it fails as one does there, without root.
"""

from __future__ import annotations

import re
import resource
from datetime import timedelta
from pathlib import Path

from backing.eventually import eventually
from services.gateway.tests.policies.world import application
from services.gateway.tests.process.gateway_process import (
    GatewayProcess,
    expect_echo,
    fresh_token,
    open_client,
    open_site,
)

SOON = timedelta(seconds=30)


def _let_files_grow(gateway: GatewayProcess, *, to: int) -> None:
    """No file of the gateway may become longer. The hard limit stays, so that it can be lifted."""
    _, hard = resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (to, hard))


def _bytes_of(file: Path) -> int:
    return file.stat().st_size


async def test_sessions_and_handshakes_go_on_and_files_are_kept_until_there_is_room_again(tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    async with open_site(tmp_path) as site:
        with site.gateway(SNAPSHOT_FILE=str(snapshot), SNAPSHOT_EVERY="0.1") as gateway:
            gateway.start()
            await gateway.wait_ready()
            await eventually(snapshot.exists, within=SOON, message="a snapshot is written")
            async with open_client(gateway, fresh_token()) as session:
                _let_files_grow(gateway, to=0)
                kept, log_bytes = snapshot.read_bytes(), _bytes_of(gateway.log_file)
                await site.tell(application(version=2, name="a change for the snapshot"))
                for number in range(20):
                    await expect_echo(session, f"{number}")
                    async with open_client(gateway, fresh_token()) as client:
                        await expect_echo(client, "a new one")

                await eventually(lambda: _has_lost_lines(gateway), within=SOON, message="lost lines are counted")
                assert await gateway.status("/readyz") == 200
                assert (snapshot.read_bytes(), _bytes_of(gateway.log_file)) == (kept, log_bytes)

                _let_files_grow(gateway, to=resource.RLIM_INFINITY)
                await eventually(lambda: snapshot.read_bytes() != kept, within=SOON, message="the snapshot is renewed")
                async with open_client(gateway, fresh_token()) as client:
                    await expect_echo(client, "a logged one")
                await eventually(
                    lambda: _bytes_of(gateway.log_file) > log_bytes, within=SOON, message="lines are logged again"
                )
                await expect_echo(session, "still the same session")


async def _has_lost_lines(gateway: GatewayProcess) -> bool:
    return re.search(r"^sluice_gateway_access_log_lost_total [1-9]", await gateway.metrics(), re.M) is not None
