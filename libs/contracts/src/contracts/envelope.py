"""A fact on the wire: CloudEvents 1.0, binary mode (attributes in headers, the JSON state as value).

Reading is tolerant of unknown fields and strict about everything else: what cannot be read is `UnreadableFact`,
which the reader parks. A tombstone is a record without a value that carries the version of what was deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from contracts.catalogue import fact_type
from contracts.fact import MAX_FACT_BYTES, Fact

VERSION_HEADER = "sluice_version"


class UnreadableFact(Exception):
    """A record is not a fact that this release understands; the text says why, without the record's content."""


class FactTooLarge(Exception):
    """A fact is larger than the bus may carry (900 kB)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A record ready for the bus."""

    topic: str
    key: str
    value: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The end of a thing: its key and the version of its deletion."""

    topic: str
    key: str
    version: int


def encode(fact: Fact, *, source: str, event_id: str, written_at: datetime, traceparent: str | None = None) -> Envelope:
    """The fact with its CloudEvents attributes. Raises `FactTooLarge`."""
    value = fact.model_dump_json().encode()
    if len(value) > MAX_FACT_BYTES:
        raise FactTooLarge(f"{fact.topic.name} {fact.key}: {len(value)} bytes, at most {MAX_FACT_BYTES}")
    headers = _attributes(fact.topic.name, fact.key, source, event_id, written_at)
    headers["content-type"] = "application/json"
    if traceparent:
        headers["traceparent"] = traceparent
    return Envelope(fact.topic.name, fact.key, value, headers)


def encode_tombstone(
    topic: str, key: str, version: int, *, source: str, event_id: str, written_at: datetime
) -> Envelope:
    """The record that lets compaction forget a deleted thing."""
    headers = _attributes(topic, key, source, event_id, written_at)
    headers[VERSION_HEADER] = str(version)
    return Envelope(topic, key, None, headers)


def decode(topic: str, key: str, value: bytes | None, headers: Mapping[str, str]) -> Fact | Tombstone:
    """The fact or tombstone in a record. Raises `UnreadableFact`."""
    if value is None:
        return Tombstone(topic, key, _tombstone_version(headers))
    model = fact_type(topic)
    if model is None:
        raise UnreadableFact(f"unknown topic {topic}")
    try:
        fact = model.model_validate_json(value)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise UnreadableFact(f"not a {topic}: {problems}") from error
    if fact.key != key:
        raise UnreadableFact(f"the fact is of another key than its record: {topic}")
    return fact


def _attributes(topic: str, key: str, source: str, event_id: str, written_at: datetime) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": f"/sluice/{source}",
        "ce_type": topic,
        "ce_subject": key,
        "ce_time": written_at.isoformat(),
    }


def _tombstone_version(headers: Mapping[str, str]) -> int:
    try:
        return int(headers[VERSION_HEADER])
    except (KeyError, ValueError) as error:
        raise UnreadableFact("a tombstone without a version") from error
