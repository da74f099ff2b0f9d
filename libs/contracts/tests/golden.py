"""The golden files of the contracts: `schemas/<topic>.json` is today's model, `samples/<topic>.json` one fact as it was
on the wire when its sample was written.

`python libs/contracts/tests/golden.py` refreshes the schemas and adds missing samples. It never rewrites a sample,
and refuses a schema that takes a promise back: contracts only grow.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from contracts import ALL_FACTS, Fact
from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.gateway import Instance, QuotaClaim, Session, Usage
from contracts.keymanager import (
    ConsumerKey,
    Issuer,
    KeyType,
    ReferenceToken,
    Revocation,
    RevocationKind,
    Role,
    SigningKey,
)
from contracts.publisher import (
    Api,
    ApiState,
    Block,
    DefaultVersion,
    DenyPolicy,
    DenyType,
    Deployment,
    Endpoint,
    Environment,
    Operation,
    Plan,
    PlanLevel,
    Quota,
    QuotaType,
    Scope,
    SessionBan,
    SubscriptionControl,
    Vhost,
)

Schema = dict[str, JsonValue]

_ROOT = Path(__file__).parents[1]
_NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
_LATER = datetime(2026, 1, 2, 13, tzinfo=UTC)
_VERSION = 1_767_355_200_000

SAMPLES: tuple[Fact, ...] = (
    Environment(
        version=_VERSION,
        id="0f9c",
        name="Default",
        display_name="Default Gateway",
        vhosts=(Vhost(host="localhost"), Vhost(host="ws.example.com", ws_port=80, wss_port=443)),
    ),
    Api(
        version=_VERSION,
        id="a1",
        name="EchoWebSocket",
        display_name="Echo",
        context="/echowebsocket",
        api_version="1.0",
        provider="carl",
        state=ApiState.PUBLISHED,
        is_default_version=True,
        visibility="RESTRICTED",
        visible_roles=("partner",),
        plans=("Gold", "AsyncUnlimited"),
        api_plan="50PerMin",
        scopes=(Scope(name="chat:read", display_name="Read", description="May read", roles=("friend",), shared=True),),
        key_managers=("Resident Key Manager",),
        approval_needed=True,
        description="Says what it hears",
        tags=("echo",),
        categories=("demo",),
        additional_properties={"team": "blue"},
        business_owner="Jane",
        business_owner_email="jane@example.com",
        technical_owner="John",
        technical_owner_email="john@example.com",
        has_thumbnail=True,
        created_at=_NOON,
        updated_at=_LATER,
    ),
    DefaultVersion(version=_VERSION, context="/echowebsocket", api_id="a1"),
    Deployment(
        version=_VERSION,
        api_id="a1",
        environment="Default",
        revision_id="r1",
        vhost="localhost",
        production_endpoint=Endpoint(url="wss://echo.example.com"),
        sandbox_endpoint=Endpoint(url="ws://sandbox.example.com:8080/echo"),
        operations=(Operation(target="/rooms/{room}", verb="PUBLISH", scopes=("chat:read",), uri_mapping="/r"),),
        display_on_devportal=False,
        deployed_at=_NOON,
    ),
    Plan(
        version=_VERSION,
        id="p1",
        level=PlanLevel.SUBSCRIPTION,
        name="Gold",
        display_name="Gold",
        description="5000 a minute",
        billing_plan="COMMERCIAL",
        stop_on_quota_reach=False,
        quota=Quota(type=QuotaType.REQUEST_COUNT, amount=5000, unit_time=1, time_unit="min"),
    ),
    SubscriptionControl(
        version=_VERSION,
        subscription_id="s1",
        block=Block.PROD_ONLY_BLOCKED,
        requested_plan="Gold",
        approval="APPROVED",
        reason="late",
    ),
    Application(
        version=_VERSION,
        id="app1",
        name="Chat",
        description="A chat",
        owner="sue",
        groups=("team",),
        plan="Unlimited",
        attributes={"colour": "red"},
    ),
    Subscription(
        version=_VERSION,
        id="s1",
        api_id="a1",
        application_id="app1",
        plan="Gold",
        requested_plan="Silver",
        status=SubscriptionStatus.UNBLOCKED,
    ),
    ConsumerKey(version=_VERSION, client_id="c1", application_id="app1", key_type=KeyType.PRODUCTION),
    SigningKey(
        version=_VERSION,
        kid="k1",
        algorithm="ES256",
        public_jwk={"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"},
        issuer="https://keys.example.com",
    ),
    Issuer(
        version=_VERSION,
        issuer="https://keys.example.com",
        id="m1",
        name="Resident Key Manager",
        audience="sluice",
        token_endpoint="https://keys.example.com/oauth2/token",
        public_jwks=({"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ"},),
    ),
    Role(version=_VERSION, name="friend", description="Whom we like"),
    Revocation(version=_VERSION, kind=RevocationKind.CLIENT, id="c1", revoked_at=_NOON, expires_at=_LATER),
    ReferenceToken(
        version=_VERSION,
        hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        client_id="c1",
        subject="sue",
        scopes=("chat:read",),
        key_type=KeyType.SANDBOX,
        issuer="https://keys.example.com",
        issued_at=_NOON,
        expires_at=_LATER,
    ),
    Instance(
        version=_VERSION,
        id="g1",
        environment="Default",
        started_at=_NOON,
        heartbeat_at=_LATER,
        release="0.1.0",
        deployed={"a1": "r1"},
    ),
    DenyPolicy(
        version=_VERSION, id="d1", type=DenyType.IPRANGE, value="192.0.2.1", last_address="192.0.2.9", invert=True
    ),
    SessionBan(
        version=_VERSION,
        id="b1",
        api_id="a1",
        user="sue",
        banned_at=_NOON,
        until=_LATER,
        reason="floods",
        banned_by="carl",
    ),
    Session(
        version=_VERSION,
        id="e1",
        instance_id="g1",
        environment="Default",
        api_id="a1",
        application_id="app1",
        subscription_id="s1",
        plan="Gold",
        consumer_key="c1",
        key_type="PRODUCTION",
        user="sue",
        channel="/*",
        client_address="192.0.2.1",
        opened_at=_NOON,
        told_at=_LATER,
        closed_at=_LATER,
        close_code=1000,
        closer="client",
        messages_from_client=3,
        bytes_from_client=30,
        messages_from_backend=4,
        bytes_from_backend=40,
    ),
    Usage(
        version=_VERSION,
        instance_id="g1",
        api_id="a1",
        application_id="app1",
        plan="Gold",
        hour=_NOON,
        sessions_opened=1,
        messages_from_client=3,
        bytes_from_client=30,
        messages_from_backend=4,
        bytes_from_backend=40,
        messages_throttled=1,
    ),
    QuotaClaim(version=_VERSION, quota="subscription:s1:Gold", instance_id="g1", window="min:29456040", claimed=50),
)


def schema_file(fact: type[Fact]) -> Path:
    """Where the schema of these facts is."""
    return _ROOT / "schemas" / f"{fact.topic.name}.json"


def sample_file(fact: type[Fact]) -> Path:
    """Where the sample of these facts is."""
    return _ROOT / "samples" / f"{fact.topic.name}.json"


def schema_text(fact: type[Fact]) -> str:
    """What the schema's file must hold."""
    return _text(fact.model_json_schema())


def promises_taken_back(old: Schema, new: Schema) -> list[str]:
    """What readers of the old schema may rely on and the new one does not give, and what it newly asks of writers."""
    broken: list[str] = []
    for place, before in _objects(old).items():
        after = _objects(new).get(place)
        if after is None:
            broken.append(f"{place} is gone")
            continue
        broken += [f"{place}.{name} is gone" for name in sorted(_names(before) - _names(after))]
        broken += [f"{place}.{name} is newly required" for name in sorted(_required(after) - _required(before))]
    return broken


def refresh() -> list[str]:
    """Writes the files; what is broken, if anything is, and then nothing was written."""
    broken = [problem for fact in ALL_FACTS for problem in _broken(fact)]
    if broken:
        return broken
    for fact in ALL_FACTS:
        schema_file(fact).write_text(schema_text(fact))
    for sample in SAMPLES:
        if not sample_file(type(sample)).exists():
            sample_file(type(sample)).write_text(_text(json.loads(sample.model_dump_json())))
    return []


def _broken(fact: type[Fact]) -> list[str]:
    if not schema_file(fact).exists():
        return []
    committed: Schema = json.loads(schema_file(fact).read_text())
    return [f"{fact.topic.name}: {each}" for each in promises_taken_back(committed, fact.model_json_schema())]


def _objects(schema: Schema) -> dict[str, Schema]:
    parts = schema.get("$defs", {})
    assert isinstance(parts, dict)
    return {"fact": schema} | {name: part for name, part in parts.items() if isinstance(part, dict)}


def _names(schema: Schema) -> set[str]:
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    return set(properties)


def _required(schema: Schema) -> set[str]:
    required = schema.get("required", [])
    assert isinstance(required, list)
    return {str(name) for name in required}


def _text(content: object) -> str:
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    problems = refresh()
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    sys.exit(1 if problems else 0)
