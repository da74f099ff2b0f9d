"""F8, F35: facts that cannot be read block nobody; what was good stays as it was, and somebody is told."""

from __future__ import annotations

import json
import re
import uuid

import httpx
from e2e.clients.gateway import echo
from e2e.journeys.tutorial import subscribed

from eventbus.bus import Record
from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from faults.conftest import Scene
from faults.footprint import Footprint

_DEPLOYMENTS = "publisher.deployment.v1"


def _poison(api_id: str) -> list[Record]:
    """Not JSON, no fact, of a version that nobody speaks yet, and a huge one."""
    return [
        Record(_DEPLOYMENTS, f"{api_id}:Default", b"{ no json"),
        Record(_DEPLOYMENTS, f"{api_id}:Default", b"[]"),
        Record(_DEPLOYMENTS, f"{api_id}:Default", json.dumps({"schema": 99, "api_id": 7}).encode()),
        Record("publisher.api.v1", api_id, json.dumps({"id": api_id, "state": "NEW", "version": 2**60}).encode()),
        Record("publisher.plan.v1", str(uuid.uuid4()), b"x" * 800_000),
    ]


def _unreadable(metrics: str) -> float:
    found = re.findall(r"^sluice_gateway_facts_(?:rejected|unreadable)_total(?:\{[^}]*\})? ([0-9.e+]+)$", metrics, re.M)
    return sum(map(float, found))


async def test_poisoned_facts_change_nothing_and_block_nobody(scene: Scene, footprint: Footprint) -> None:
    admin = scene.platform.url("gateway")
    before = _unreadable(httpx.get(f"{admin}/metrics", timeout=10).text)
    bus = await open_bus(BusSettings(url=scene.site.kafka.url))
    try:
        await bus.send(_poison(scene.tutorial.api["id"]))
    finally:
        await bus.close()

    # What comes behind the poison is applied: a whole tutorial, whose facts go through all the same topics.
    await subscribed(scene.control)

    assert await echo(scene.tutorial.url, headers=scene.headers) == "hello"
    assert _unreadable(httpx.get(f"{admin}/metrics", timeout=10).text) >= before + 5
