"""A gateway that decides on handshakes from facts it reads off a bus in memory. Tokens are made with joserfc."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from backing.eventually import eventually
from contracts import Fact, Tombstone, all_topics, encode
from contracts.devportal import Application, Subscription, SubscriptionStatus
from contracts.keymanager import ConsumerKey, Issuer, KeyType, ReferenceToken, SigningKey
from contracts.publisher import Api, ApiState, Deployment, Endpoint, Environment, Operation, Vhost
from eventbus.bus import Record, TopicSpec
from eventbus.memory import MemoryBus
from gateway.feed.feed import Feed
from gateway.handshake.admission import Decision, HandshakeAttempt
from gateway.handshake.request_head import RequestHead
from gateway.http1.header_field import HeaderField
from gateway.policies.admission import MAX_WAITING, FactsAdmission
from gateway.policies.authentication import Authentication
from gateway.policies.backend_headers import BackendHeaders
from gateway.upstream.request import Forwarded

NOW = 1_767_355_200
ISSUER = "https://keys.example.com"
OPAQUE = "an-opaque-token"
SOON = timedelta(seconds=10)

_KEY = ECKey.generate_key("P-256")


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def signing_key() -> SigningKey:
    public = {str(name): str(value) for name, value in _KEY.as_dict(private=False).items()}
    return SigningKey(version=1, kid="k1", algorithm="ES256", public_jwk=public, issuer=ISSUER)


def issuer() -> Issuer:
    return Issuer(
        version=1, issuer=ISSUER, id="m1", name="Resident Key Manager", audience="sluice", token_endpoint=f"{ISSUER}/t"
    )


def environment(*hosts: str) -> Environment:
    vhosts = tuple(Vhost(host=host) for host in hosts or ("localhost",))
    return Environment(version=1, id="e1", name="Default", display_name="Default", vhosts=vhosts)


def api(**changes: Any) -> Api:
    fields: dict[str, Any] = {
        "version": 1,
        "id": "a1",
        "name": "Chat",
        "context": "/chat",
        "api_version": "1.0",
        "provider": "carl",
        "state": ApiState.PUBLISHED,
        "created_at": at(NOW),
        "updated_at": at(NOW),
    }
    return Api(**fields | changes)


def deployment(**changes: Any) -> Deployment:
    fields: dict[str, Any] = {
        "version": 1,
        "api_id": "a1",
        "environment": "Default",
        "revision_id": "r1",
        "vhost": "localhost",
        "production_endpoint": Endpoint(url="ws://production.test:9000/echo"),
        "sandbox_endpoint": Endpoint(url="wss://sandbox.test"),
        "operations": (
            Operation(target="/rooms/{room}", verb="SUBSCRIBE", scopes=("chat:read",)),
            Operation(target="/rooms/{room}", verb="PUBLISH", scopes=("chat:write",)),
            Operation(target="/open", verb="SUBSCRIBE"),
        ),
        "deployed_at": at(NOW),
    }
    return Deployment(**fields | changes)


def application(**changes: Any) -> Application:
    return Application(**{"version": 1, "id": "app1", "name": "Client", "owner": "sue", "plan": "Unlimited"} | changes)


def consumer_key(**changes: Any) -> ConsumerKey:
    fields = {"version": 1, "client_id": "c1", "application_id": "app1", "key_type": KeyType.PRODUCTION}
    return ConsumerKey(**fields | changes)


def subscription(**changes: Any) -> Subscription:
    fields = {
        "version": 1,
        "id": "s1",
        "api_id": "a1",
        "application_id": "app1",
        "plan": "Gold",
        "status": SubscriptionStatus.UNBLOCKED,
    }
    return Subscription(**fields | changes)


def reference_token(**changes: Any) -> ReferenceToken:
    fields: dict[str, Any] = {
        "version": 1,
        "hash": hashlib.sha256(OPAQUE.encode()).hexdigest(),
        "client_id": "c1",
        "subject": "sue",
        "key_type": KeyType.PRODUCTION,
        "issuer": ISSUER,
        "issued_at": at(NOW - 10),
        "expires_at": at(NOW + 3600),
    }
    return ReferenceToken(**fields | changes)


def token(**changes: Any) -> str:
    """A JWT access token; a change to `...` leaves a claim out."""
    usual: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "sluice",
        "sub": "sue",
        "client_id": "c1",
        "jti": "t1",
        "iat": NOW - 10,
        "exp": NOW + 3600,
        "scope": "chat:read",
    }
    claims = {name: value for name, value in (usual | changes).items() if value is not ...}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "k1"}, claims, _KEY)


def attempt(
    path: str = "/chat/1.0/rooms/5",
    *,
    bearer: str = "",
    host: str = "localhost:9099",
    query: str = "",
    origin: str | None = None,
) -> HandshakeAttempt:
    """A handshake with a token in its header, or without one; `origin` is what a browser tells."""
    headers = [HeaderField("authorization", "Authorization", f"Bearer {bearer}")] if bearer else []
    headers += [HeaderField("origin", "Origin", origin)] if origin is not None else []
    head = RequestHead("GET", path, query, host, tuple(headers))
    return HandshakeAttempt(head, "192.0.2.1", Forwarded("192.0.2.1", "http", host))


def everything(*changed: Fact) -> list[Fact]:
    """The facts with which a token's handshake is admitted; each of `changed` stands for the one of its type."""
    usual: list[Fact] = [
        signing_key(),
        issuer(),
        environment(),
        api(),
        deployment(),
        application(),
        consumer_key(),
        subscription(),
    ]
    replaced = {type(fact) for fact in changed}
    return [*(fact for fact in usual if type(fact) not in replaced), *changed]


@dataclass(frozen=True, slots=True)
class World:
    """The parts; `tell` puts facts on the bus and waits until they are applied."""

    bus: MemoryBus
    feed: Feed
    admission: FactsAdmission

    async def tell(self, *facts: Fact | Tombstone) -> None:
        before = self.feed.follower.applied
        await tell_bus(self.bus, *facts)

        def is_applied() -> bool:
            return self.feed.follower.applied >= before + len(facts)

        await eventually(is_applied, within=SOON, message="the facts are applied")

    async def decide(self, asked: HandshakeAttempt) -> Decision:
        decision = self.admission.decide(asked)
        return await decision if inspect.isawaitable(decision) else decision


def record_of(fact: Fact | Tombstone) -> Record:
    """As a service would send it."""
    if isinstance(fact, Tombstone):
        return Record(fact.topic, fact.key, None, {"sluice_version": str(fact.version)})
    sent = encode(fact, source="test", event_id="e1", written_at=at(NOW))
    return Record(sent.topic, sent.key, sent.value, sent.headers)


async def new_bus() -> MemoryBus:
    """With every topic."""
    bus = MemoryBus()
    await bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())
    return bus


async def tell_bus(bus: MemoryBus, *facts: Fact | Tombstone) -> None:
    """Puts facts on the bus, for whoever reads it."""
    await bus.send([record_of(fact) for fact in facts])


@asynccontextmanager
async def open_world(
    *facts: Fact,
    now: int = NOW,
    portal_origins: tuple[str, ...] = (),
    headers: BackendHeaders | None = None,
    max_waiting: int = MAX_WAITING,
) -> AsyncIterator[World]:
    """A gateway that has read these facts."""
    bus = await new_bus()
    feed = Feed(bus, environment="Default")
    authentication = Authentication(feed.trust, clock=lambda: float(now))
    admission = FactsAdmission(
        feed, authentication, headers=headers, portal_origins=portal_origins, max_waiting=max_waiting
    )
    world = World(bus, feed, admission)
    await tell_bus(bus, *facts)
    running = asyncio.create_task(feed.run())
    try:
        await eventually(feed.follower.caught_up.is_set, within=SOON, message="the feed is caught up")
        yield world
    finally:
        running.cancel()
        await asyncio.wait([running])
