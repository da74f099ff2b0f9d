"""What a log says, for the tests."""

from __future__ import annotations

from datetime import timedelta

import shop

from contracts import Fact, Tombstone, decode
from eventbus.bus import EventBus


async def everything(bus: EventBus) -> list[Fact | Tombstone]:
    """All facts of the shop's topic, in order within each key."""
    facts: list[Fact | Tombstone] = []
    async with bus.open_reader([shop.TOPIC]) as reader:
        while not reader.caught_up:
            batch = await reader.receive(timeout=timedelta(seconds=5))
            facts += [decode(r.topic, r.key, r.value, r.headers) for r in batch]
    return facts
