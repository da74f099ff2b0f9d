"""The bus as anybody sees it who may read it: the newest record of each key."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from contracts import Fact, decode
from e2e.platform import Platform
from eventbus.bus import ReceivedRecord
from eventbus.opening import open_bus
from eventbus.settings import BusSettings

F = TypeVar("F", bound=Fact)

_PATIENCE = timedelta(seconds=5)


async def records_of(platform: Platform, kind: type[Fact]) -> dict[str, ReceivedRecord]:
    """Of one topic, by key, as far as the log goes now."""
    bus = await open_bus(BusSettings(url=platform.stores.bus, topic_prefix=platform.stores.topic_prefix))
    newest: dict[str, ReceivedRecord] = {}
    try:
        async with bus.open_reader([kind.topic.name], None) as reader:
            while not reader.caught_up:
                newest |= {record.key: record for record in await reader.receive(timeout=_PATIENCE)}
    finally:
        await bus.close()
    return newest


async def fact(platform: Platform, kind: type[F], key: str) -> F:
    """For `eventually`: the fact that must be there, and not deleted."""
    record = (await records_of(platform, kind)).get(key)
    assert record is not None, f"there is no {kind.topic.name} {key}"
    found = decode(record.topic, record.key, record.value, record.headers)
    assert isinstance(found, kind), f"{kind.topic.name} {key} is gone"
    assert not found.deleted, f"{kind.topic.name} {key} is deleted"
    return found
