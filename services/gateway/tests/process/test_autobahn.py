"""The Autobahn suite finds nothing in the gateway that it does not find in the backend alone."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from backing.autobahn import Autobahn, Verdicts
from backing.eventually import eventually_sync, free_ports
from contracts.publisher import Endpoint
from services.gateway.tests.policies.world import deployment
from services.gateway.tests.process.gateway_process import Site, fresh_token

COMPRESSED = ("12.*", "13.*")
# What Autobahn calls so of the backend alone; the last three now and then.
NON_STRICT = {
    "3.2", "3.3", "4.1.3", "4.1.4", "4.2.3", "4.2.4", "5.15", "6.4.1", "6.4.2", "6.4.3", "6.4.4",
    "3.4", "4.1.5", "4.2.5",
}  # fmt: skip


@contextmanager
def backend(port: int) -> Iterator[str]:
    """Its URL."""
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("autobahn_backend.py")), str(port)])
    try:
        eventually_sync(
            lambda: socket.create_connection(("127.0.0.1", port)).close(),
            within=timedelta(seconds=20),
            message="the backend listens",
            retry_on=(OSError,),
        )
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def verdicts(
    autobahn: Autobahn, site: Site, *, leave_out: tuple[str, ...], within: timedelta
) -> tuple[Verdicts, Verdicts]:
    """Of the backend alone and through the gateway."""
    (port,) = free_ports(1)
    with backend(port) as url, site.gateway() as gateway:
        await site.tell(deployment(version=2, production_endpoint=Endpoint(url=url)))
        gateway.start()
        await gateway.wait_ready()
        through = f"{gateway.ws}/chat/1.0/rooms/5?access_token={fresh_token()}"
        judged = await asyncio.to_thread(
            autobahn.judge,
            {"alone": url, "through": through},
            folder=site.folder,
            leave_out=leave_out,
            within=within,
        )
    return judged["alone"], judged["through"]


def those(verdict: str, verdicts: Verdicts) -> set[str]:
    return {case for case, found in verdicts.items() if found == verdict}


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_the_gateway_fails_nothing_that_its_backend_passes(autobahn: Autobahn, site: Site) -> None:
    alone, through = await verdicts(autobahn, site, leave_out=COMPRESSED, within=timedelta(minutes=13))

    assert len(through) == 301
    assert those("FAILED", through) <= those("FAILED", alone)
    assert those("NON-STRICT", through) <= NON_STRICT
    assert those("UNIMPLEMENTED", through) == set()


@pytest.mark.nightly
@pytest.mark.timeout(7500)
async def test_the_gateway_fails_nothing_of_517_cases_with_compression(autobahn: Autobahn, site: Site) -> None:
    alone, through = await verdicts(autobahn, site, leave_out=(), within=timedelta(hours=2))

    assert len(through) == 517
    assert those("FAILED", through) <= those("FAILED", alone)
    assert those("NON-STRICT", through) <= NON_STRICT
    assert those("UNIMPLEMENTED", through) == set()
