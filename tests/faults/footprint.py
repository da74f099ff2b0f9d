"""What a gateway process holds, read from outside: the four closing checks of every fault test.

Open file descriptors, asyncio tasks, open sessions and memory must be back where they were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx

from backing.eventually import eventually

_BACK_WITHIN = timedelta(seconds=20)
# Caches fill and the allocator keeps pages: what counts is that it does not grow with the load.
_MORE_MEMORY_BYTES = 24 * 1024 * 1024
_MORE_DESCRIPTORS = 5
_MORE_TASKS = 5


@dataclass(frozen=True, slots=True)
class Footprint:
    """One moment of a process. `tasks` is -1 where the gateway does not tell."""

    descriptors: int
    tasks: int
    sessions: int
    memory_bytes: int


async def read_footprint(pid: int, *, admin_url: str) -> Footprint:
    """Of the gateway with this process id."""
    async with httpx.AsyncClient(timeout=10) as client:
        metrics = (await client.get(f"{admin_url}/metrics")).text
    return Footprint(
        descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        tasks=_sum(metrics, "sluice_gateway_tasks", default=-1),
        sessions=_sum(metrics, "sluice_gateway_connections_active", default=0),
        memory_bytes=resident_bytes(pid),
    )


async def back_to(before: Footprint, pid: int, *, admin_url: str) -> None:
    """Waits until nothing is held that was not held before. Raises AssertionError with what is."""

    async def is_back() -> None:
        now = await read_footprint(pid, admin_url=admin_url)
        assert now.sessions <= before.sessions, f"{now.sessions} sessions, {before.sessions} before"
        assert now.descriptors <= before.descriptors + _MORE_DESCRIPTORS, f"{now} but {before}"
        assert now.tasks <= before.tasks + _MORE_TASKS, f"{now} but {before}"
        assert now.memory_bytes <= before.memory_bytes + _MORE_MEMORY_BYTES, f"{now} but {before}"

    message = "descriptors, tasks, sessions and memory are back"
    await eventually(is_back, within=_BACK_WITHIN, message=message, retry_on=(httpx.HTTPError,))


def resident_bytes(pid: int) -> int:
    """The physical memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def _sum(metrics: str, name: str, *, default: int) -> int:
    found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? ([0-9.e+]+)$", metrics, re.MULTILINE)
    return int(sum(map(float, found))) if found else default
