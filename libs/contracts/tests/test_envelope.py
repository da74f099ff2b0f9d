"""A fact survives the wire; what is no fact is named unreadable, without its content."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from contracts import Fact, Tombstone, UnreadableFact, decode, encode, encode_tombstone
from contracts.envelope import VERSION_HEADER, FactTooLarge
from contracts.fact import MAX_FACT_BYTES
from contracts.keymanager import Role

from .golden import SAMPLES

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROLE = "keymanager.role.v1"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: fact.topic.name)
def test_fact_comes_back_as_it_was(fact: Fact) -> None:
    sent = encode(fact, source="publisher", event_id="e1", written_at=NOW)

    assert decode(sent.topic, sent.key, sent.value, sent.headers) == fact


def test_envelope_is_a_cloud_event_in_binary_mode() -> None:
    sent = encode(Role(name="friend"), source="keymanager", event_id="e1", written_at=NOW, traceparent=TRACE)

    assert sent.headers == {
        "ce_specversion": "1.0",
        "ce_id": "e1",
        "ce_source": "/sluice/keymanager",
        "ce_type": ROLE,
        "ce_subject": "friend",
        "ce_time": "2026-01-02T03:04:05+00:00",
        "content-type": "application/json",
        "traceparent": TRACE,
    }


def test_no_trace_means_no_trace_header() -> None:
    sent = encode(Role(name="friend"), source="keymanager", event_id="e1", written_at=NOW)

    assert "traceparent" not in sent.headers


def test_tombstone_comes_back_with_its_version() -> None:
    sent = encode_tombstone(ROLE, "friend", 7, source="keymanager", event_id="e1", written_at=NOW)

    assert sent.value is None
    assert decode(sent.topic, sent.key, sent.value, sent.headers) == Tombstone(ROLE, "friend", 7)


@pytest.mark.parametrize("headers", [{}, {VERSION_HEADER: ""}, {VERSION_HEADER: "x"}, {VERSION_HEADER: "1.5"}])
def test_tombstone_without_a_version_is_unreadable(headers: Mapping[str, str]) -> None:
    with pytest.raises(UnreadableFact, match="without a version"):
        decode(ROLE, "friend", None, headers)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[]",
        b"not json",
        b"{}",
        b'{"name": null}',
        b'{"name": 1}',
        b'{"name": "friend", "version": "x"}',
        b'{"name": "friend"',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": ' + b"[" * 10_000,
    ],
)
def test_what_is_no_fact_is_unreadable(value: bytes) -> None:
    with pytest.raises(UnreadableFact):
        decode(ROLE, "friend", value, {})


def test_unreadable_fact_does_not_show_its_content() -> None:
    with pytest.raises(UnreadableFact) as caught:
        decode(ROLE, "friend", b'{"name": ["s3cret"]}', {})

    assert "s3cret" not in str(caught.value)
    assert "name" in str(caught.value)


def test_unknown_topic_is_unreadable() -> None:
    with pytest.raises(UnreadableFact, match=r"unknown topic keymanager\.role\.v2"):
        decode("keymanager.role.v2", "friend", b"{}", {})


def test_fact_under_another_key_is_unreadable() -> None:
    with pytest.raises(UnreadableFact, match="another key"):
        decode(ROLE, "foe", b'{"name": "friend"}', {})


def test_fact_of_just_the_limit_goes() -> None:
    empty = len(Role(name="friend").model_dump_json())
    fact = Role(name="friend", description="x" * (MAX_FACT_BYTES - empty))

    sent = encode(fact, source="keymanager", event_id="e1", written_at=NOW)

    assert sent.value is not None
    assert len(sent.value) == MAX_FACT_BYTES


def test_fact_beyond_the_limit_is_refused_in_bytes_not_characters() -> None:
    fact = Role(name="friend", description="ü" * (MAX_FACT_BYTES // 2))

    with pytest.raises(FactTooLarge, match=r"keymanager\.role\.v1 friend"):
        encode(fact, source="keymanager", event_id="e1", written_at=NOW)
