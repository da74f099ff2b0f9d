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
