"""The AsyncAPI document of an API by REST, and what becomes of it in channels and deployments."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from contracts.publisher import Deployment, InvalidMessageReaction

from .world import World

CHAT = {
    "asyncapi": "3.0.0",
    "info": {"title": "Chat", "version": "1.0.0"},
    "channels": {"room": {"address": "/rooms/{room}", "messages": {"said": {"payload": {"type": "object"}}}}},
    "operations": {
        "say": {"action": "receive", "channel": {"$ref": "#/channels/room"}},
        "hear": {"action": "send", "channel": {"$ref": "#/channels/room"}},
    },
}


async def put(world: World, api_id: str, document: object = CHAT, *, token: str = "creator") -> Any:  # a response
    text = document if isinstance(document, str) else json.dumps(document)
    return await world.call("PUT", f"/apis/{api_id}/asyncapi", token=token, data={"apiDefinition": text})


async def deployed(world: World, api_id: str) -> Deployment:
    await world.act(api_id, "Publish")
    (fact,) = [fact for fact in (await world.told(Deployment)).values() if fact.api_id == api_id]
    return fact


async def test_document_is_given_back_as_it_came(world: World) -> None:
    api_id = await world.create()

    answer = await put(world, api_id)

    assert answer.status_code == 200
    assert await world.ok("GET", f"/apis/{api_id}/asyncapi", token="publisher") == answer.json() == CHAT


async def test_document_as_a_yaml_file(world: World) -> None:
    api_id = await world.create()
    text = b"asyncapi: 2.6.0\ninfo: {title: x, version: '1'}\nchannels: {/a: {subscribe: {}}}"

    answer = await world.call(
        "PUT", f"/apis/{api_id}/asyncapi", token="creator", files={"file": ("asyncapi.yaml", text)}
    )

    assert answer.status_code == 200
    operations = (await world.ok("GET", f"/apis/{api_id}"))["operations"]
    assert [(each["target"], each["verb"]) for each in operations] == [("/a", "SUBSCRIBE")]


async def test_channels_become_those_of_the_document_and_keep_what_was_said_of_them(world: World) -> None:
    operations = [
        {"target": "/rooms/{room}", "verb": "PUBLISH", "authType": "None"},
        {"target": "/old", "verb": "SUBSCRIBE"},
    ]
    api_id = await world.create(operations=operations)

    await put(world, api_id)

    found = (await world.ok("GET", f"/apis/{api_id}"))["operations"]
    assert [(each["target"], each["verb"], each["authType"]) for each in found] == [
        ("/rooms/{room}", "PUBLISH", "None"),
        ("/rooms/{room}", "SUBSCRIBE", "Application & Application User"),
    ]


async def test_messages_of_the_document_are_validated_when_the_api_says_so(world: World) -> None:
    api_id = await world.create(enableSchemaValidation=True, sluice={"validationReaction": "drop"})
    await put(world, api_id)

    fact = await deployed(world, api_id)

    assert fact.validation is not None
    assert fact.validation.reaction is InvalidMessageReaction.DROP
    assert {(each.target, each.verb) for each in fact.validation.messages} == {
        ("/rooms/{room}", "PUBLISH"),
        ("/rooms/{room}", "SUBSCRIBE"),
    }
    assert json.loads(fact.validation.messages[0].schemas[0])["type"] == "object"


async def test_nothing_is_validated_otherwise(world: World) -> None:
    api_id = await world.create()
    await put(world, api_id)

    assert (await deployed(world, api_id)).validation is None


async def test_revision_keeps_the_document_of_its_time(world: World) -> None:
    api_id = await world.create(enableSchemaValidation=True)
    await put(world, api_id)
    revision = await world.ok("POST", f"/apis/{api_id}/revisions", token="creator", json={})
    await put(world, api_id, {**CHAT, "info": {"title": "Other", "version": "2"}})

    await world.ok("POST", f"/apis/{api_id}/restore-revision", token="creator", params={"revisionId": revision["id"]})

    assert await world.ok("GET", f"/apis/{api_id}/asyncapi") == CHAT


async def test_changing_the_api_leaves_its_document(world: World) -> None:
    api_id = await world.create()
    await put(world, api_id)
    body = await world.ok("GET", f"/apis/{api_id}")

    await world.ok("PUT", f"/apis/{api_id}", token="creator", json={**body, "description": "new"})

    assert await world.ok("GET", f"/apis/{api_id}/asyncapi") == CHAT


async def test_api_without_a_document_has_one_made_from_its_channels(world: World) -> None:
    api_id = await world.create(operations=[{"target": "/rooms/{room}", "verb": "PUBLISH"}])

    made = await world.ok("GET", f"/apis/{api_id}/asyncapi")

    assert (made["asyncapi"], made["info"]["title"]) == ("3.0.0", "EchoWebSocket")
    (channel,) = made["channels"].values()
    assert (channel["address"], set(channel["parameters"])) == ("/rooms/{room}", {"room"})
    assert [each["action"] for each in made["operations"].values()] == ["receive"]


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no: document",
        {**CHAT, "asyncapi": "1.0.0"},
        {**CHAT, "operations": {"say": {"action": "shout", "channel": {"$ref": "#/channels/room"}}}},
        {**CHAT, "operations": {"say": {"action": "send", "channel": {"$ref": "#/channels/none"}}}},
        {**CHAT, "channels": {"room": {"address": "/r", "messages": {"m": {"payload": {"type": "colour"}}}}}},
    ],
)
async def test_bad_document_is_400_and_nothing_changes(world: World, document: object) -> None:
    api_id = await world.create()
    before = await world.row_counts()

    answer = await put(world, api_id, document)

    assert answer.status_code == 400
    assert await world.row_counts() == before


async def test_neither_or_both_forms_is_400(world: World) -> None:
    api_id = await world.create()

    answer = await world.call(
        "PUT",
        f"/apis/{api_id}/asyncapi",
        token="creator",
        data={"apiDefinition": json.dumps(CHAT)},
        files={"file": ("a.json", json.dumps(CHAT).encode())},
    )

    assert answer.status_code == 400


async def test_publisher_reads_but_does_not_design(world: World) -> None:
    api_id = await world.create()

    assert (await put(world, api_id, token="publisher")).status_code == 403
    assert (await world.call("GET", f"/apis/{uuid.uuid4()}/asyncapi")).status_code == 404
