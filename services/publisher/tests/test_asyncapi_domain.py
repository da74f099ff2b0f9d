"""AsyncAPI documents: what is read out of them, and what is refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest

from publisher.domain.asyncapi.messages import ChannelMessages, channel_messages
from publisher.domain.asyncapi.parsing import MAX_BYTES, parse_definition
from publisher.errors import InvalidDefinition, TooLarge

VERSION_2 = """
asyncapi: 2.6.0
info: {title: Chat, version: 1.0.0}
channels:
  rooms/{room}:
    publish:
      message:
        oneOf:
          - $ref: '#/components/messages/Said'
          - {payload: {type: object, required: [leave]}}
    subscribe:
      message: {$ref: '#/components/messages/Said'}
  /files:
    subscribe:
      message: {contentType: application/octet-stream, payload: {type: string}}
components:
  messages:
    Said: {payload: {$ref: '#/components/schemas/Line'}}
  schemas:
    Line: {type: object, properties: {by: {$ref: '#/components/schemas/Person'}}, required: [by]}
    Person: {type: string}
    Unused: {type: integer}
"""

VERSION_3 = {
    "asyncapi": "3.0.0",
    "info": {"title": "Chat", "version": "1.0.0"},
    "channels": {
        "room": {
            "address": "/rooms/{room}",
            "messages": {
                "said": {"payload": {"schemaFormat": "application/schema+json", "schema": {"type": "object"}}},
                "left": {"payload": {"type": "null"}},
            },
        },
        "/plain": {"messages": {"any": {"payload": {"type": "string"}}}},
    },
    "operations": {
        "hear": {"action": "send", "channel": {"$ref": "#/channels/room"}},
        "say": {
            "action": "receive",
            "channel": {"$ref": "#/channels/room"},
            "messages": [{"$ref": "#/channels/room/messages/said"}],
        },
        "plain": {"action": "send", "channel": {"$ref": "#/channels/~1plain"}},
    },
}


def read(document: str | dict[str, Any]) -> dict[tuple[str, str], list[Any]]:
    text = document if isinstance(document, str) else json.dumps(document)
    found = channel_messages(parse_definition(text.encode()))
    return {(each.target, each.verb): [json.loads(schema) for schema in each.schemas] for each in found}


def test_version_2_publish_is_what_the_client_sends() -> None:
    found = read(VERSION_2)

    assert set(found) == {("/rooms/{room}", "PUBLISH"), ("/rooms/{room}", "SUBSCRIBE")}
    said, left = found["/rooms/{room}", "PUBLISH"]
    assert said["$ref"] == "#/components/schemas/Line"
    assert left["required"] == ["leave"]


def test_schema_brings_along_what_it_refers_to_and_nothing_else() -> None:
    (said,) = read(VERSION_2)["/rooms/{room}", "SUBSCRIBE"]

    assert set(said["components"]["schemas"]) == {"Line", "Person"}
    assert said["$schema"].startswith("http://json-schema.org/draft-07/")


def test_channel_with_messages_that_are_no_json_cannot_be_checked() -> None:
    assert ("/files", "SUBSCRIBE") not in read(VERSION_2)


def test_version_3_receive_is_what_the_client_sends() -> None:
    found = read(VERSION_3)

    assert [schema["type"] for schema in found["/rooms/{room}", "PUBLISH"]] == ["object"]
    assert [schema["type"] for schema in found["/rooms/{room}", "SUBSCRIBE"]] == ["object", "null"]


def test_version_3_channel_without_an_address_is_called_by_its_name() -> None:
    assert ("/plain", "SUBSCRIBE") in read(VERSION_3)


def test_operations_of_one_channel_and_direction_are_alternatives() -> None:
    document = json.loads(json.dumps(VERSION_3))
    document["operations"]["again"] = {
        "action": "receive",
        "channel": {"$ref": "#/channels/room"},
        "messages": [{"$ref": "#/channels/room/messages/left"}],
    }

    assert [schema["type"] for schema in read(document)["/rooms/{room}", "PUBLISH"]] == ["object", "null"]


def test_document_without_messages_has_no_schemas() -> None:
    assert read({"asyncapi": "3.1.0", "info": {}, "channels": {"a": {}}}) == {}


def test_yaml_keeps_dates_and_versions_as_texts_like_json() -> None:
    content = parse_definition(b"asyncapi: '2.0.0'\ninfo: {title: x, date: 2026-01-02}\nchannels: {1: {}}")

    assert content["info"]["date"] == "2026-01-02"
    assert list(content["channels"]) == ["1"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "object"),
        (b"[1]", "object"),
        (b"{", "line 1"),
        (b"asyncapi: 2.6.0\ninfo: {}\nchannels:\n  a: [", "line 4"),
        (b"asyncapi: 1.2.0\ninfo: {}", "/asyncapi"),
        (b"openapi: 3.0.0\ninfo: {}", "/asyncapi"),
        (b"asyncapi: 2.6.0", "/info"),
        (b"\xff\xfe", "UTF-8"),
        (b"asyncapi: 2.6.0\ninfo: &a {}\nchannels: *a", "aliases"),
        (b"asyncapi: 2.6.0\ninfo: !!python/object/apply:os.system [ls]", "line 2"),
        (b'{"asyncapi": "2.6.0", "info": ' + b'{"a":' * 200 + b"1" + b"}" * 201, "neither"),
        (b"asyncapi: 2.6.0\ninfo: {a: " + b"[" * 3000 + b"]" * 3000 + b"}", "neither"),
    ],
)
def test_what_is_no_document_is_refused_with_a_reason(text: bytes, reason: str) -> None:
    with pytest.raises(InvalidDefinition, match=reason):
        parse_definition(text)


def test_huge_document_is_refused_unread() -> None:
    with pytest.raises(TooLarge):
        parse_definition(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "reference", ["#/components/messages/Missing", "https://example.com/x.json", "./other.yaml", 7, "#/channels"]
)
def test_reference_that_leads_nowhere_is_refused_or_no_message(reference: object) -> None:
    document = {
        "asyncapi": "2.6.0",
        "info": {},
        "channels": {"a": {"publish": {"message": {"$ref": reference}}}},
    }

    try:
        found = read(document)
    except InvalidDefinition:
        return
    assert found == {}


def test_references_in_a_circle_are_refused() -> None:
    document = {
        "asyncapi": "2.6.0",
        "info": {},
        "channels": {"a": {"$ref": "#/channels/b"}, "b": {"$ref": "#/channels/a"}},
    }

    with pytest.raises(InvalidDefinition, match="circle"):
        read(document)


def test_recursive_schema_stands_alone() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}}}
    document = {
        "asyncapi": "2.6.0",
        "info": {},
        "channels": {"a": {"publish": {"message": {"payload": {"$ref": "#/components/schemas/Tree"}}}}},
        "components": {"schemas": {"Tree": tree}},
    }

    (schema,) = read(document)["/a", "PUBLISH"]

    assert schema["components"]["schemas"] == {"Tree": tree}


def test_a_value_of_channel_messages_is_made_of_texts() -> None:
    (first, *_) = channel_messages(parse_definition(VERSION_2.encode()))

    assert isinstance(first, ChannelMessages)
    assert all(isinstance(schema, str) for schema in first.schemas)
