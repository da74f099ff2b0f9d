"""Every fact there is, found by topic."""

from __future__ import annotations

from contracts import devportal, gateway, keymanager, publisher
from contracts.fact import Fact, Topic

ALL_FACTS: tuple[type[Fact], ...] = publisher.FACTS + devportal.FACTS + keymanager.FACTS + gateway.FACTS

_BY_TOPIC = {fact.topic.name: fact for fact in ALL_FACTS}


def fact_type(topic: str) -> type[Fact] | None:
    """The model of a topic's facts, or None where this release does not know the topic."""
    return _BY_TOPIC.get(topic)


def all_topics() -> tuple[Topic, ...]:
    """Every topic, for whoever creates them."""
    return tuple(fact.topic for fact in ALL_FACTS)
