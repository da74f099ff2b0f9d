"""The committed schemas are today's, and what was once on the wire can be read for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from contracts import ALL_FACTS, Fact, decode

from .golden import SAMPLES, Schema, promises_taken_back, sample_file, schema_file, schema_text

every_fact = pytest.mark.parametrize("fact", ALL_FACTS, ids=lambda fact: fact.topic.name)


def read_sample(fact: type[Fact]) -> dict[str, JsonValue]:
    content = json.loads(sample_file(fact).read_text())
    assert isinstance(content, dict)
    return content


@every_fact
def test_committed_schema_is_fresh(fact: type[Fact]) -> None:
    assert schema_file(fact).read_text() == schema_text(fact), "run libs/contracts/tests/golden.py"


@pytest.mark.parametrize("folder", ["schemas", "samples"])
def test_there_is_one_file_for_each_topic(folder: str) -> None:
    found = {file.name for file in (Path(__file__).parents[1] / folder).iterdir()}

    assert found == {f"{fact.topic.name}.json" for fact in ALL_FACTS}


@every_fact
def test_sample_of_the_past_decodes_and_loses_nothing(fact: type[Fact]) -> None:
    sample = read_sample(fact)
    key = next(each.key for each in SAMPLES if type(each) is fact)

    decoded = decode(fact.topic.name, key, json.dumps(sample).encode(), {})

    assert type(decoded) is fact
    assert _common_part(json.loads(decoded.model_dump_json()), sample) == sample


@every_fact
def test_sample_decodes_in_a_future_with_more_fields(fact: type[Fact]) -> None:
    sample = read_sample(fact) | {"field_of_the_future": {"deep": [1]}}
    key = next(each.key for each in SAMPLES if type(each) is fact)

    assert type(decode(fact.topic.name, key, json.dumps(sample).encode(), {})) is fact


@every_fact
def test_every_fact_can_be_told_deleted(fact: type[Fact]) -> None:
    names = fact.model_fields

    assert names["version"].default == 0
    assert names["deleted"].default is False


def test_no_two_facts_share_a_topic() -> None:
    names = [fact.topic.name for fact in ALL_FACTS]

    assert len(set(names)) == len(names)


def _common_part(grown: JsonValue, sample: JsonValue) -> JsonValue:
    """`grown` without the members that the sample's objects did not have yet."""
    if isinstance(grown, dict) and isinstance(sample, dict):
        return {name: _common_part(grown[name], sample[name]) for name in sample if name in grown}
    if isinstance(grown, list) and isinstance(sample, list) and len(grown) == len(sample):
        return [_common_part(*pair) for pair in zip(grown, sample, strict=True)]
    return grown


OLD: Schema = {
    "properties": {"id": {}, "name": {}},
    "required": ["id"],
    "$defs": {"Part": {"properties": {"x": {}}, "required": []}},
}


@pytest.mark.parametrize(
    ("new", "broken"),
    [
        (OLD, []),
        (OLD | {"properties": {"id": {}, "name": {}, "more": {}}}, []),
        (OLD | {"required": []}, []),
        (OLD | {"properties": {"id": {}}}, ["fact.name is gone"]),
        (OLD | {"required": ["id", "name"]}, ["fact.name is newly required"]),
        (OLD | {"$defs": {}}, ["Part is gone"]),
        (OLD | {"$defs": {"Part": {"properties": {}}}}, ["Part.x is gone"]),
    ],
)
def test_schemas_only_grow(new: Schema, broken: list[str]) -> None:
    assert promises_taken_back(OLD, new) == broken
