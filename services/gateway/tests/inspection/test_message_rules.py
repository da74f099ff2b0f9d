"""The rules of a channel: which messages fit, and what follows when one does not."""

import json

import pytest

from contracts.publisher import InvalidMessageReaction, MessageSchema, MessageValidation
from gateway.handshake.admission import Admitted
from gateway.inspection.message_rules import DirectionRules, message_rules
from gateway.session.close_codes import CloseCode
from gateway.session.inspector import Finding
from services.gateway.tests.policies.world import attempt, deployment, everything, open_world, token

NUMBER, TEXT = '{"type": "number"}', '{"type": "string"}'


def rules(*schemas: str, reaction: InvalidMessageReaction = InvalidMessageReaction.CLOSE) -> DirectionRules:
    schema = MessageSchema(target="/a", verb="PUBLISH", schemas=schemas)
    found = message_rules(MessageValidation(messages=(schema,), reaction=reaction), "/a")
    assert found is not None
    assert found.from_backend is None
    assert found.from_client is not None
    return found.from_client


@pytest.mark.parametrize("message", [1, "a"])
def test_message_must_fit_one_of_the_schemas(message: object) -> None:
    assert rules(NUMBER, TEXT).look_at(json.dumps(message).encode()) is None


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"NaN", b'{"a": 1, "a": 2}', b"\xff\xfe1\x00", b"\xef\xbb\xbf1", b"[" * 100_000, b"1" * 5000, b"null"],
)
def test_what_parsers_differ_about_fits_nothing(payload: bytes) -> None:
    assert rules(NUMBER, TEXT).look_at(payload) is not None


def test_schema_that_cannot_be_compiled_fits_nothing() -> None:
    assert rules("{").look_at(b"1") is not None


@pytest.mark.parametrize(
    ("reaction", "finding"),
    [
        ("close", Finding("Invalid message", close_code=CloseCode.INVALID_PAYLOAD)),
        (
            "error",
            Finding(
                "Invalid message",
                answer="Error code: 1007 reason: Invalid message: $: 'a' is not of type 'number'",
            ),
        ),
        ("drop", Finding("Invalid message")),
        ("count", Finding("Invalid message", is_forwarded=True)),
    ],
)
def test_each_reaction_has_its_finding(reaction: str, finding: Finding) -> None:
    assert rules(NUMBER, reaction=InvalidMessageReaction(reaction)).look_at(b'"a"') == finding


@pytest.mark.parametrize(("target", "has_rules"), [("/rooms/{room}", True), ("/other", False)])
async def test_admitted_handshake_brings_the_rules_of_its_channel(target: str, has_rules: bool) -> None:
    validation = MessageValidation(messages=(MessageSchema(target=target, verb="PUBLISH", schemas=(NUMBER,)),))
    async with open_world(*everything(deployment(validation=validation))) as world:
        admitted = await world.decide(attempt(bearer=token()))

    assert isinstance(admitted, Admitted)
    assert (admitted.message_rules is not None) is has_rules
    assert admitted.separates_messages is has_rules
