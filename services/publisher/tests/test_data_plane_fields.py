"""What an API's definition says to gateways: told by a revision's deployment, frozen, refused where it is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.publisher import (
    Deployment,
    InvalidMessageReaction,
    MessageSchema,
    MessageValidation,
    OnRedeploy,
    SessionLimits,
)
from publisher.domain.message_schema import check_message_schema
from publisher.errors import InvalidInput

from .world import World, echo_api

_SCHEMA = json.dumps({"type": "object", "required": ["text"]})
_DRAFT_07 = json.dumps({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}})


async def _deployed(world: World, **changes: Any) -> Deployment:
    api_id = await world.create(**changes)
    await world.act(api_id, "Publish")
    return (await world.told(Deployment))[f"{api_id}:Default"]


def _cors(origins: Any = ..., *, enabled: bool = True) -> dict[str, Any]:
    given = {} if origins is ... else {"accessControlAllowOrigins": origins}
    return {"corsConfiguration": {"corsConfigurationEnabled": enabled, **given}}


def _operation(**changes: Any) -> dict[str, Any]:
    return {"operations": [{"target": "/rooms/{room}", "verb": "PUBLISH", **changes}]}


async def test_plain_api_is_told_without_further_terms(world: World) -> None:
    told = await _deployed(world)

    assert (told.origins, told.validation, told.limits) == (None, None, SessionLimits())
    assert (told.on_redeploy, told.backend_assertion, told.forward_credentials) == (
        OnRedeploy.RE_EVALUATE,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (_cors(["https://app.example"], enabled=False), None),
        (_cors(), ("*",)),
        (_cors([]), ()),
        (_cors(["https://*.app.example", "http://localhost:*"]), ("https://*.app.example", "http://localhost:*")),
    ],
)
async def test_origins_are_told_when_cors_is_enabled(
    world: World, changes: dict[str, Any], told: tuple[str, ...] | None
) -> None:
    assert (await _deployed(world, **changes)).origins == told


async def test_open_channel_and_its_backend_path_are_told(world: World) -> None:
    told = await _deployed(world, **_operation(authType="None", uriMapping="/chat?room={uri.var.room}"))

    assert told.operations[0].auth_type == "None"
    assert told.operations[0].uri_mapping == "/chat?room={uri.var.room}"


async def test_session_terms_are_told_and_returned(world: World) -> None:
    terms = {
        "maxMessageBytes": 1000,
        "idleTimeoutSeconds": 60,
        "maxAgeSeconds": 3600,
        "pingIntervalSeconds": 20,
        "onRedeploy": "drain",
        "backendAssertion": True,
        "forwardCredentials": True,
    }

    told = await _deployed(world, sluice=terms)
    shown = await world.ok("GET", f"/apis/{told.api_id}")

    assert told.limits == SessionLimits(
        max_message_bytes=1000, idle_timeout_seconds=60, max_age_seconds=3600, ping_interval_seconds=20
    )
    assert (told.on_redeploy, told.backend_assertion, told.forward_credentials) == (OnRedeploy.DRAIN, True, True)
    assert shown["sluice"] == terms


async def test_schemas_are_told_only_when_validation_is_on(world: World) -> None:
    schemas = _operation(payloadSchema=_SCHEMA)
    told = await _deployed(world, enableSchemaValidation=True, sluice={"validationReaction": "drop"}, **schemas)
    off = await _deployed(world, name="Off", context="/off", **_operation(payloadSchema="not a schema"))

    message = MessageSchema(target="/rooms/{room}", verb="PUBLISH", schemas=(_SCHEMA,))
    assert told.validation == MessageValidation(messages=(message,), reaction=InvalidMessageReaction.DROP)
    assert off.validation is None


async def test_revision_freezes_what_gateways_are_told(world: World) -> None:
    told = await _deployed(world, sluice={"maxAgeSeconds": 10}, **_cors(["https://a.example"]))
    await world.ok("PUT", f"/apis/{told.api_id}", json=echo_api(sluice={"maxAgeSeconds": 20}))

    await world.act(told.api_id, "Publish")

    again = (await world.told(Deployment))[told.key]
    assert (again.limits.max_age_seconds, again.origins) == (10, ("https://a.example",))


_MAPPING, _PAYLOAD = "/operations/0/uriMapping", "/operations/0/payloadSchema"
_ORIGIN = "/corsConfiguration/accessControlAllowOrigins/0"
_BAD: list[tuple[str, dict[str, Any], str]] = [
    ("origin with a path", _cors(["https://a.example/x"]), _ORIGIN),
    ("origin without a scheme", _cors(["a.example"]), _ORIGIN),
    ("any scheme", _cors(["*://a.example"]), _ORIGIN),
    ("null origin", _cors(["null"]), _ORIGIN),
    ("mapping that is no path", _operation(uriMapping="chat"), _MAPPING),
    ("mapping to an unknown placeholder", _operation(uriMapping="/{uri.var.hall}"), _MAPPING),
    ("placeholder without its prefix", _operation(uriMapping="/{room}"), _MAPPING),
    ("half a brace", _operation(uriMapping="/{uri.var.room"), _MAPPING),
    ("mapping that climbs", _operation(uriMapping="/a/../b"), _MAPPING),
    ("mapping with a fragment", _operation(uriMapping="/a#b"), _MAPPING),
    ("mapping with a line break", _operation(uriMapping="/a\r\nX: y"), _MAPPING),
    ("schema", {"enableSchemaValidation": True, **_operation(payloadSchema='{"type": "thing"}')}, _PAYLOAD),
    ("unknown member", {"sluice": {"colour": "red"}}, "/sluice/colour"),
    ("no message at all", {"sluice": {"maxMessageBytes": 0}}, "/sluice/maxMessageBytes"),
    ("text for a number", {"sluice": {"maxAgeSeconds": "10"}}, "/sluice/maxAgeSeconds"),
    ("unknown word", {"sluice": {"onRedeploy": "shrug"}}, "/sluice/onRedeploy"),
    ("unknown reaction", {"sluice": {"validationReaction": "shrug"}}, "/sluice/validationReaction"),
]


@pytest.mark.parametrize(("changes", "pointer"), [bad[1:] for bad in _BAD], ids=[bad[0] for bad in _BAD])
async def test_bad_field_is_refused_with_a_pointer(world: World, changes: dict[str, Any], pointer: str) -> None:
    response = await world.call("POST", "/apis", token="creator", json=echo_api(**changes))

    assert (response.status_code, response.json()["code"]) == (400, 900702)
    assert pointer in [error["pointer"] for error in response.json()["errors"]], response.text


@pytest.mark.parametrize(
    "schema",
    [
        "true",
        "{}",
        _SCHEMA,
        _DRAFT_07,
        '{"$ref": "#/$defs/a", "$defs": {"a": {"$anchor": "b"}}, "not": {"$ref": "#b"}}',
    ],
)
def test_schema_that_stands_for_itself_is_accepted(schema: str) -> None:
    check_message_schema(schema, pointer="/x")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "65536"),
        ("[" * 60_000, "no JSON"),
        ('{"minimum": NaN}', "no JSON"),
        ("5", "an object"),
        ('{"type": 5}', "no JSON Schema"),
        ('{"pattern": "("}', "regular expression '\\('"),
        ('{"pattern": "^(?=a)"}', "without looking around"),
        ('{"properties": {"a": {"patternProperties": {"(a)\\\\1": true}}}}', "referring back"),
        ('{"$ref": "#/$defs/a", "$defs": {"a": {"pattern": "[\\\\p{L}]{1,1000}"}}}', "is not supported"),
        ('{"patternProperties": {"a": true}, "unevaluatedProperties": false}', "not supported together"),
        ('{"$schema": "http://json-schema.org/draft-04/schema#"}', "draft-07 or 2020-12"),
        ('{"$ref": "http://169.254.169.254/x"}', "nothing is fetched"),
        ('{"$ref": "#/$defs/none"}', "leads nowhere"),
        ('{"$defs": {"a": {"$id": "http://x/y"}}}', r"\$id"),
        ('{"not":' * 70 + "{}" + "}" * 70, "nested deeper"),
    ],
)
def test_schema_that_gateways_could_not_use_is_refused(schema: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        check_message_schema(schema, pointer="/x")
