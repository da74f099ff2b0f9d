"""Ready to verify tokens when everything was read and somebody is believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import ECKey

from backing.eventually import eventually
from contracts import Fact, all_topics, encode
from contracts.keymanager import Issuer, SigningKey
from eventbus.bus import Record, TopicSpec
from eventbus.memory import MemoryBus
from hosting.trust_feed import TrustFeed

SOON = timedelta(seconds=15)
ISSUER = Issuer(version=1, issuer="i", id="i", name="i", audience="sluice-rest", token_endpoint="http://i/token")
KEY = SigningKey(
    version=1,
    kid="k",
    algorithm="ES256",
    public_jwk={str(name): str(value) for name, value in ECKey.generate_key("P-256").as_dict(private=False).items()},
    issuer="i",
)


async def tell(bus: MemoryBus, *facts: Fact) -> None:
    sent = [encode(fact, source="keymanager", event_id="e", written_at=datetime.now(UTC)) for fact in facts]
    await bus.send([Record(each.topic, each.key, each.value, each.headers) for each in sent])


@pytest.fixture
async def bus() -> MemoryBus:
    bus = MemoryBus()
    await bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())
    return bus


@pytest.fixture
async def feed(bus: MemoryBus) -> AsyncIterator[TrustFeed]:
    feed = TrustFeed(bus)
    running = asyncio.create_task(feed.run())
    yield feed
    running.cancel()
    await asyncio.wait([running])


async def _until(feed: TrustFeed, reason: str | None) -> None:
    async def is_so() -> bool:
        return await feed.check() == reason

    await eventually(is_so, within=SOON, message=f"check says {reason}")


async def test_not_ready_before_it_has_read(bus: MemoryBus) -> None:
    assert await TrustFeed(bus).check() == "signing keys and revocations are still being read"


async def test_not_ready_without_a_key(feed: TrustFeed) -> None:
    await _until(feed, "no signing key is known yet")


async def test_ready_with_a_key_of_a_believed_issuer(bus: MemoryBus, feed: TrustFeed) -> None:
    await tell(bus, KEY)
    await _until(feed, "no signing key is known yet")

    await tell(bus, ISSUER)

    await _until(feed, None)


async def test_unreadable_fact_blocks_nobody(bus: MemoryBus, feed: TrustFeed) -> None:
    await bus.send([Record(KEY.topic.name, "bad", b"not json", {})])

    await tell(bus, ISSUER, KEY)

    await _until(feed, None)
