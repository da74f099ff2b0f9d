"""Plays a gateway on a bus in memory: it lives, and these sessions are open on it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from contracts import Fact, encode
from contracts.gateway import Instance, Session
from eventbus.bus import Record, TopicSpec
from eventbus.memory import MemoryBus

NOW = datetime.now(UTC)
_INSTANCE = Instance(id="g1", version=1, environment="Default", started_at=NOW, heartbeat_at=NOW, release="0.1.0")


async def create_gateway_topics(bus: MemoryBus) -> None:
    """What a gateway writes to."""
    await bus.create_topics(TopicSpec(**asdict(fact.topic)) for fact in (Instance, Session))


async def tell_sessions(bus: MemoryBus, *sessions: Session) -> None:
    """As the gateway `g1` would."""
    facts: tuple[Fact, ...] = (_INSTANCE, *sessions)
    sent = [encode(fact, source="gateway", event_id="e", written_at=NOW) for fact in facts]
    await bus.send([Record(each.topic, each.key, each.value, each.headers) for each in sent])


def open_session(session_id: str, *, api_id: str, **changes: object) -> Session:
    """A session on the gateway `g1`."""
    made = Session(
        version=1,
        id=session_id,
        instance_id=_INSTANCE.id,
        environment="Default",
        api_id=api_id,
        application_id="app1",
        plan="Gold",
        user="sue",
        client_address="192.0.2.1",
        opened_at=NOW,
        told_at=NOW,
        messages_from_client=3,
    )
    return made.model_copy(update=changes)
