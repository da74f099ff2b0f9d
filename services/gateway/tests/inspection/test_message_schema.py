"""One schema: what it accepts, that nothing is fetched, and that the work on a document has a bound."""

import json
import time

import pytest

from gateway.inspection.message_schema import BrokenSchema, CompiledSchema

DRAFT_07 = "http://json-schema.org/draft-07/schema#"


def fault(schema: object, document: object) -> str:
    return CompiledSchema(json.dumps(schema)).fault_in(document)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "object", "required": ["price"]}, {"price": 1}, {}),
        ({"prefixItems": [{"type": "string"}]}, ["a"], [1]),
        ({"$schema": DRAFT_07, "items": [{"type": "string"}], "additionalItems": False}, ["a"], ["a", 1]),
        ({"$defs": {"a": {"type": "integer"}}, "$ref": "#/$defs/a"}, 1, "1"),
        ({"uniqueItems": True}, [1, True, "1", {"a": 1}, {"a": True}], [{"a": 1, "b": 2.0}, {"b": 2, "a": 1.0}]),
        ({"enum": ["buy", "sell"]}, "buy", "hold"),
        (True, 1, None),
    ],
)
def test_documents_are_judged_by_their_draft(schema: object, good: object, bad: object) -> None:
    assert fault(schema, good) == ""
    assert schema is True or fault(schema, bad)


def test_formats_are_not_asserted() -> None:
    assert fault({"format": "date-time"}, "tomorrow") == ""


def test_fault_says_where_it_is() -> None:
    assert fault({"properties": {"price": {"type": "number"}}}, {"price": "x"}) == (
        "$.price: 'x' is not of type 'number'"
    )


@pytest.mark.parametrize("reference", ["http://127.0.0.1:1/schema", "file:///etc/passwd", "#/nowhere"])
def test_reference_that_leads_elsewhere_is_not_followed(reference: str) -> None:
    assert fault({"$ref": reference}, 1) == "its schema refers to nothing"


@pytest.mark.parametrize("text", ["{", "[1]", '{"type": 7}', '{"$schema": "' + DRAFT_07 + '", "type": 7}'])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(BrokenSchema):
        CompiledSchema(text)


EXPONENTIAL = {"anyOf": [{"properties": {"a": {"$ref": "#"}}, "required": ["b"]}] * 8}
NESTED: dict[str, object] = {}
for _ in range(200):
    NESTED = {"a": NESTED}


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"items": {"type": "integer"}}, [1] * 100_000),
        ({"uniqueItems": True}, [{"a": number} for number in range(100_000)]),
        ({"$ref": "#"}, 1),
        (EXPONENTIAL, NESTED),
    ],
)
def test_work_has_a_bound(schema: object, document: object) -> None:
    compiled = CompiledSchema(json.dumps(schema))
    began = time.process_time()

    assert compiled.fault_in(document) == "it is too much work to check"

    assert time.process_time() - began < 2


def test_bound_is_for_each_document() -> None:
    compiled = CompiledSchema(json.dumps({"items": {"type": "integer"}}))

    assert [compiled.fault_in([1] * 900) for _ in range(30)] == [""] * 30


NO_END = "a" * 40 + "!"


@pytest.mark.parametrize(
    ("schema", "document"),
    [
        ({"pattern": "(a+)+$"}, NO_END),
        ({"patternProperties": {"(a+)+$": False}}, {NO_END: 1}),
        ({"patternProperties": {"(a+)+$": True}, "additionalProperties": True}, {NO_END: 1}),
        ({"propertyNames": {"pattern": "(a+)+$"}}, {NO_END: 1}),
        ({"$schema": DRAFT_07, "properties": {"a": {"$ref": "#/x"}}, "x": {"pattern": "(a+)+$"}}, {"a": NO_END}),
        ({"properties": {"a": {"$schema": DRAFT_07, "pattern": "(a+)+$"}}}, {"a": NO_END}),
    ],
)
def test_pattern_that_would_backtrack_for_years_is_matched_at_once(schema: object, document: object) -> None:
    compiled = CompiledSchema(json.dumps(schema))
    compiled.fault_in({})
    began = time.process_time()

    fault_found = compiled.fault_in(document)

    assert time.process_time() - began < 0.1
    assert fault_found != "it is too much work to check"


@pytest.mark.parametrize("pattern", ["[ab]*a[ab]{900}c", "(([ab]{1,30}){1,30})c"])
def test_matching_a_long_text_with_a_large_pattern_is_too_much_work(pattern: str) -> None:
    assert fault({"pattern": pattern}, "ab" * 100_000) == "it is too much work to check"


def test_pattern_is_looked_for_in_texts_of_tens_of_thousands_of_letters() -> None:
    assert fault({"pattern": "^[a-z ]+$"}, "lorem ipsum " * 4000) == ""


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("b", "abc", "ac"),
        (r"^\u00e9+$", "éé", "ee"),
        (r"^\\u00e9$", r"\u00e9", "é"),
        (r"^\p{Lu}$", "É", "é"),
        (r"^\d$", "1", "١"),
        ("^a$", "a", "a\n"),
        ("^[a-z]$", "a", "\ud800"),
    ],
)
def test_patterns_mean_what_json_schema_says(pattern: str, good: str, bad: str) -> None:
    assert fault({"pattern": pattern}, good) == ""
    assert "does not match" in fault({"pattern": pattern}, bad)


def test_names_are_held_against_all_patterns_of_their_object() -> None:
    schema = {
        "properties": {"id": True},
        "patternProperties": {"^n_": {"type": "number"}, "^s_": {"type": "string"}},
        "additionalProperties": False,
    }

    assert fault(schema, {"id": 1, "n_a": 1, "s_a": "x", "s_b": "y"}) == ""
    assert fault(schema, {"n_a": "x"}) == "$.n_a: 'x' is not of type 'number'"
    assert fault(schema, {"id": 1, "other": 1}) == "$: additional properties are not allowed: 'other'"
    assert (
        fault(schema | {"additionalProperties": {"type": "null"}}, {"other": 1}) == "$.other: 1 is not of type 'null'"
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "(?=a)"},
        {"patternProperties": {r"(a)\1": True}},
        {"patternProperties": {"a": True}, "unevaluatedProperties": False},
    ],
)
def test_pattern_that_cannot_be_matched_in_linear_time_is_refused(schema: object) -> None:
    with pytest.raises(BrokenSchema):
        CompiledSchema(json.dumps(schema))


def test_unsupported_pattern_in_a_part_that_only_a_reference_finds_fits_nothing() -> None:
    assert "is not supported" in fault({"$ref": "#/x", "x": {"pattern": "(?=a)"}}, "a")


def test_part_that_names_its_own_draft_is_counted_too() -> None:
    schema = {"$schema": DRAFT_07, "properties": {"a": {"$ref": "#/x"}}, "x": {"$schema": DRAFT_07} | EXPONENTIAL}

    assert fault(schema, {"a": NESTED}) == "it is too much work to check"
