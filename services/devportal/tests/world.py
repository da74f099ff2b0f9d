"""A devportal in this process: real migrations and database, the bus and key manager in memory, REST through ASGI, fake
tokens.

Nothing runs in the background: facts are handed to their handlers, and what the devportal told is read from its outbox.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx2
from sqlalchemy import func, text
from sqlmodel import col, select

from contracts import Fact, decode
from contracts.publisher import (
    Api,
    ApiState,
    Deployment,
    Environment,
    Operation,
    Plan,
    PlanLevel,
    Quota,
    QuotaType,
    Scope,
    Vhost,
)
from devportal.api.dependencies import BASE_PATH
from devportal.app import create_app
from devportal.bootstrap import Devportal, bootstrap
from devportal.events.incoming import fact_handlers
from devportal.keymanager_client.memory import MemoryKeyManager
from devportal.store.tables import OutboxRow, Table
from eventbus.memory import MemoryBus
from tokens import InvalidToken, Principal

F = TypeVar("F", bound=Fact)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class FakeVerifier:
    """Believes tokens that are names: `sue` has the scopes of a subscriber, `sue+partner` also the role partner.
    `scopes=a,b:sue` has just those scopes; `bad` is no token.
    """

    def verify(self, token: str) -> Principal:
        """As `TokenVerifier.verify`."""
        if token == "bad":
            raise InvalidToken("it is not a name that the fake knows")
        scopes = ["apim:subscribe", "apim:app_manage", "apim:sub_manage"]
        if token.startswith("scopes="):
            given, _, token = token.removeprefix("scopes=").partition("/")
            scopes = given.split(",")
        subject, *roles = token.split("+")
        now = int(time.time())
        return Principal(
            subject=subject,
            client_id="a-client",
            issuer="fake",
            audience=("sluice-rest",),
            token_id="a-token",
            issued_at=now,
            expires_at=now + 60,
            scopes=frozenset(scopes),
            roles=frozenset({"Internal/subscriber", *roles}),
        )


DEFAULT_ENVIRONMENT = Environment(
    id="default", name="Default", display_name="Default Gateway", vhosts=(Vhost(host="localhost"),)
)


def api_fact(**changes: Any) -> Api:
    """The tutorial's API, published."""
    fields: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "name": "EchoWebSocket",
        "context": "/echowebsocket",
        "api_version": "1.0",
        "provider": "carl",
        "state": ApiState.PUBLISHED,
        "plans": ("Gold", "Silver"),
        "scopes": (Scope(name="chat:read", roles=("friend",)),),
        "created_at": NOW,
        "updated_at": NOW,
        "version": 1,
    }
    return Api(**fields | changes)


def deployment_fact(api_id: str, **changes: Any) -> Deployment:
    """In the environment Default."""
    fields: dict[str, Any] = {
        "api_id": api_id,
        "environment": "Default",
        "revision_id": "r1",
        "vhost": "localhost",
        "operations": (Operation(target="/*", verb="SUBSCRIBE"),),
        "deployed_at": NOW,
    }
    return Deployment(**fields | changes)


def plan_facts() -> list[Plan]:
    """Some of both levels."""
    per_minute = Quota(type=QuotaType.REQUEST_COUNT, amount=5000, unit_time=1, time_unit="min")
    names = {
        PlanLevel.SUBSCRIPTION: ("Gold", "Silver", "Bronze"),
        PlanLevel.APPLICATION: ("10PerMin", "50PerMin", "Unlimited"),
    }
    return [
        Plan(
            id=f"{level}-{name}",
            level=level,
            name=name,
            display_name=name,
            quota=None if name == "Unlimited" else per_minute,
        )
        for level, of_level in names.items()
        for name in of_level
    ]


@dataclass(frozen=True, slots=True)
class World:
    """What tests speak with."""

    devportal: Devportal
    bus: MemoryBus
    keymanager: MemoryKeyManager
    client: httpx2.AsyncClient

    async def call(self, method: str, path: str, *, token: str | None = "sue", **arguments: Any) -> httpx2.Response:
        """A REST call; `path` is below the base path."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= arguments.pop("headers", {})
        return await self.client.request(method, f"{BASE_PATH}{path}", headers=headers, **arguments)

    async def ok(self, method: str, path: str, **arguments: Any) -> Any:
        """The JSON of a call that must succeed."""
        response = await self.call(method, path, **arguments)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def publish(self, **changes: Any) -> str:
        """The id of a published and deployed API."""
        fact = api_fact(**changes)
        await self.learn(fact, deployment_fact(fact.id))
        return fact.id

    async def application(self, name: str = "ChatApp", *, token: str = "sue", **changes: Any) -> str:
        """The id of a new application."""
        body = {"name": name, "throttlingPolicy": "Unlimited", **changes}
        created: str = (await self.ok("POST", "/applications", token=token, json=body))["applicationId"]
        return created

    async def subscribe(self, application_id: str, api_id: str, *, plan: str = "Gold") -> str:
        """The id of a new subscription."""
        body = {"applicationId": application_id, "apiId": api_id, "throttlingPolicy": plan}
        made: str = (await self.ok("POST", "/subscriptions", json=body))["subscriptionId"]
        return made

    async def told(self, kind: type[F]) -> dict[str, F]:
        """The facts of a kind as they are now, by key; what is deleted is not among them."""
        async with self.devportal.database.reading() as session:
            rows = (await session.scalars(select(OutboxRow).where(col(OutboxRow.topic) == kind.topic.name))).all()
        facts = [decode(row.topic, row.key, row.value, {}) for row in rows if not row.deleted]
        return {fact.key: fact for fact in facts if isinstance(fact, kind)}

    async def learn(self, *facts: Fact) -> None:
        """Facts of another service arrive."""
        handlers = fact_handlers(self.devportal.outbox)
        for fact in facts:
            handler = handlers[type(fact)]
            async with self.devportal.database.transaction() as session:
                await (handler.remove(session, fact.key) if fact.deleted else handler.apply(session, fact))

    async def row_counts(self) -> dict[str, int]:
        """How much there is in each table, and what the outbox said last."""
        async with self.devportal.database.reading() as session:
            counts = {
                name: await session.scalar(select(func.count()).select_from(table)) or 0
                for name, table in Table.metadata.tables.items()
            }
            counts["last version told"] = await session.scalar(text("SELECT max(version) FROM outbox")) or 0
        return counts


@asynccontextmanager
async def open_world(database_url: str, *, is_settled: bool = True) -> AsyncIterator[World]:
    """Migrated; settled when it knows plans and the environment."""
    bus, keymanager = MemoryBus(), MemoryKeyManager()
    async with bootstrap(
        database_url=database_url, bus=bus, keymanager=keymanager, verifier=FakeVerifier()
    ) as devportal:
        await devportal.wire.migrate()
        transport = httpx2.ASGITransport(create_app(devportal), raise_app_exceptions=True)
        async with httpx2.AsyncClient(transport=transport, base_url="http://devportal") as client:
            world = World(devportal, bus, keymanager, client)
            if is_settled:
                await world.learn(DEFAULT_ENVIRONMENT, *plan_facts())
            yield world
