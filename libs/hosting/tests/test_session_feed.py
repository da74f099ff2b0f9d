"""Sessions are listed while they are open and their gateway lives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from backing.eventually import eventually
from contracts import Fact, all_topics, encode, encode_tombstone
from contracts.gateway import Instance, Session
from eventbus.bus import Record, TopicSpec
from eventbus.memory import MemoryBus
from hosting.session_feed import SessionFeed

NOW = datetime.now(UTC)
SOON = timedelta(seconds=15)


@dataclass
class Place:
    """A feed, its bus, and the time of day, which tests move on."""

    bus: MemoryBus
    now: datetime = NOW
    feed: SessionFeed = field(init=False)

    def __post_init__(self) -> None:
        self.feed = SessionFeed(self.bus, clock=lambda: self.now)

    async def tell(self, *facts: Fact) -> None:
        sent = [encode(fact, source="gateway", event_id="e", written_at=NOW) for fact in facts]
        await self.bus.send([Record(each.topic, each.key, each.value, each.headers) for each in sent])

    def listed(self) -> list[str]:
        return [session.id for session in self.feed.select(lambda _: True)]

    async def shows(self, *ids: str) -> None:
        async def is_so() -> bool:
            return self.listed() == list(ids)

        await eventually(is_so, within=SOON, message=f"the open sessions are {ids}")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    bus = MemoryBus()
    await bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())
    place = Place(bus)
    running = asyncio.create_task(place.feed.run())
    yield place
    running.cancel()
    await asyncio.wait([running])


def gateway(name: str = "g1", *, version: int = 1) -> Instance:
    return Instance(version=version, id=name, environment="Default", started_at=NOW, heartbeat_at=NOW, release="0.1.0")


def session(name: str, *, version: int = 1, instance_id: str = "g1", closed: bool = False, age: int = 0) -> Session:
    return Session(
        version=version,
        id=name,
        instance_id=instance_id,
        environment="Default",
        api_id="a1",
        client_address="127.0.0.1",
        opened_at=NOW - timedelta(seconds=age),
        told_at=NOW,
        closed_at=NOW if closed else None,
    )


async def test_open_sessions_are_listed_oldest_first(place: Place) -> None:
    await place.tell(gateway(), session("young"), session("old", age=60))

    await place.shows("old", "young")
    assert [each.id for each in place.feed.select(lambda each: each.id == "old")] == ["old"]
    found = place.feed.find("young")
    assert found is not None
    assert found.api_id == "a1"


async def test_session_that_has_ended_is_gone(place: Place) -> None:
    await place.tell(gateway(), session("e1"), session("e2"))
    await place.shows("e1", "e2")

    await place.tell(session("e1", version=2, closed=True))

    await place.shows("e2")
    assert place.feed.find("e1") is None


async def test_older_state_does_not_replace_a_newer_one(place: Place) -> None:
    newer = session("e1", version=5).model_copy(update={"messages_from_client": 7})
    await place.tell(gateway(), newer, session("e1", version=4), session("e2"))
    await place.shows("e1", "e2")

    found = place.feed.find("e1")

    assert found is not None
    assert found.messages_from_client == 7


async def test_gateway_that_says_goodbye_takes_its_sessions_along(place: Place) -> None:
    await place.tell(gateway("g1"), gateway("g2"), session("e1"), session("e2", instance_id="g2"))
    await place.shows("e1", "e2")
    goodbye = encode_tombstone(Instance.topic.name, "g1", 9, source="gateway", event_id="e", written_at=NOW)

    await place.bus.send([Record(goodbye.topic, goodbye.key, goodbye.value, goodbye.headers)])

    await place.shows("e2")


async def test_gateway_that_is_silent_for_30_s_is_gone(place: Place) -> None:
    await place.tell(gateway(), session("e1"))
    await place.shows("e1")

    place.now = datetime.now(UTC) + timedelta(seconds=31)

    assert place.listed() == []
    assert place.feed.find("e1") is None


async def test_unreadable_fact_blocks_nobody(place: Place) -> None:
    await place.bus.send([Record(Session.topic.name, "bad", b"not json", {})])

    await place.tell(gateway(), session("e1"))

    await place.shows("e1")
