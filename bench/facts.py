"""The small world of the benchmarks, told to the gateway as facts: one API, one subscription, a finite plan.

Tokens are signed with a key of this run's own, whose public half is a fact like any key manager's.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from contracts import Fact, all_topics, encode
from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.keymanager import ConsumerKey, Issuer, KeyType, SigningKey
from contracts.publisher import (
    Api,
    ApiState,
    Deployment,
    Endpoint,
    Environment,
    Operation,
    Plan,
    PlanLevel,
    Quota,
    QuotaType,
    Vhost,
)
from eventbus.bus import Record, TopicSpec
from eventbus.opening import open_bus
from eventbus.settings import BusSettings

URL_PATH = "/bench/1.0"
_ISSUER = "https://keys.bench.invalid"
_MESSAGES_A_MINUTE = 1_000_000_000
_KEY = ECKey.generate_key("P-256")


def mint_token() -> str:
    """A token that no gateway has seen before, good for an hour."""
    now = int(time.time())
    claims = {
        "iss": _ISSUER,
        "aud": "sluice",
        "sub": "bench",
        "client_id": "bench-client",
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 3600,
    }
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "bench"}, claims, _KEY)


async def tell_facts(bus_url: str, *, echo_port: int) -> None:
    """Writes them on the bus, which must not exist yet."""
    bus = await open_bus(BusSettings(url=bus_url))
    try:
        await bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())
        await bus.send([_record(fact) for fact in _facts(echo_port)])
    finally:
        await bus.close()


def write_tokens(file: Path, *, count: int, fresh: bool, known: str) -> None:
    """`count` lines: `known` on each; with `fresh`, a new token on every second one."""
    lines = (mint_token() if fresh and number % 2 else known for number in range(count))
    file.write_text("".join(f"{line}\n" for line in lines))


def _facts(echo_port: int) -> Iterable[Fact]:
    now = datetime.now(UTC)
    public_jwk = {str(name): str(value) for name, value in _KEY.as_dict(private=False).items()}
    quota = Quota(type=QuotaType.EVENT_COUNT, amount=_MESSAGES_A_MINUTE, unit_time=1, time_unit="min")
    yield SigningKey(version=1, kid="bench", algorithm="ES256", public_jwk=public_jwk, issuer=_ISSUER)
    yield Issuer(
        version=1, issuer=_ISSUER, id="m1", name="Resident Key Manager", audience="sluice", token_endpoint=_ISSUER
    )
    yield Environment(version=1, id="e1", name="Default", display_name="Default", vhosts=(Vhost(host="localhost"),))
    yield Plan(version=1, id="p1", level=PlanLevel.SUBSCRIPTION, name="Bench", display_name="Bench", quota=quota)
    yield Api(
        version=1,
        id="a1",
        name="Bench",
        context="/bench",
        api_version="1.0",
        provider="bench",
        state=ApiState.PUBLISHED,
        plans=("Bench",),
        created_at=now,
        updated_at=now,
    )
    yield Deployment(
        version=1,
        api_id="a1",
        environment="Default",
        revision_id="r1",
        vhost="localhost",
        production_endpoint=Endpoint(url=f"ws://127.0.0.1:{echo_port}/"),
        operations=(Operation(target="/*", verb="SUBSCRIBE"), Operation(target="/*", verb="PUBLISH")),
        deployed_at=now,
    )
    yield Application(version=1, id="app1", name="Bench", owner="bench", plan="Unlimited")
    yield ConsumerKey(version=1, client_id="bench-client", application_id="app1", key_type=KeyType.PRODUCTION)
    yield Subscription(
        version=1, id="s1", api_id="a1", application_id="app1", plan="Bench", status=SubscriptionStatus.UNBLOCKED
    )


def _record(fact: Fact) -> Record:
    sent = encode(fact, source="bench", event_id=uuid.uuid4().hex, written_at=datetime.now(UTC))
    return Record(sent.topic, sent.key, sent.value, sent.headers)
