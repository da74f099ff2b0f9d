"""A publisher in this process: real migrations and database, the bus in memory, REST through ASGI, fake tokens.

Nothing runs in the background: what the publisher told is read from its outbox.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx2
from sqlalchemy import func, text
from sqlmodel import col, select

from backends.address_rules import AddressRules
from backends.allow_list import parse_allow_list
from backends.sealing import Seal
from contracts import Fact, decode
from contracts.publisher import Vhost
from eventbus.memory import MemoryBus
from publisher.api.dependencies import BASE_PATH
from publisher.app import create_app
from publisher.backend_access.access import BackendAccess
from publisher.backend_access.memory import MemoryLookUps
from publisher.bootstrap import Publisher, bootstrap
from publisher.events.incoming import fact_handlers
from publisher.keymanager_client.memory import MemoryKeyManager
from publisher.store.tables import OutboxRow, Table
from publisher.usecases.backends import Backends
from publisher.usecases.first_start import add_first_rows
from tokens import InvalidToken, Principal

F = TypeVar("F", bound=Fact)

DIAL_TIME = timedelta(seconds=0.5)
SEAL = Seal([bytes(32)])
# What the world's look-ups know.
ADDRESSES = {
    "localhost": ["127.0.0.1"],
    "public.test": ["1.1.1.1", "2606:4700::1111"],
    "private.test": ["10.0.0.7"],
    "half.test": ["1.1.1.1", "169.254.169.254"],
}
VHOST = Vhost(host="localhost", ws_port=9099, wss_port=8099)

_SCOPES = {
    "creator": "api_create api_delete api_generate_key api_view tier_view subscription_view publisher_settings",
    "publisher": "api_publish api_generate_key subscription_block subscription_manage subscription_view api_view "
    "tier_view publisher_settings",
    "admin": "api_create api_delete api_publish api_view api_manage subscription_block subscription_manage tier_view "
    "admin_tier_view admin_tier_manage bl_view bl_manage",
    "subscriber": "subscribe app_manage",
}


class FakeVerifier:
    """Believes tokens that are names: `creator`, `publisher`, `admin`, `subscriber`, `creator:alice`, and
    `creator+publisher:bob` for somebody with two roles.
    """

    def verify(self, token: str) -> Principal:
        """As `TokenVerifier.verify`."""
        names, _, subject = token.partition(":")
        roles = names.split("+")
        if not all(role in _SCOPES for role in roles):
            raise InvalidToken("it is not a name that the fake knows")
        now = int(time.time())
        scopes = frozenset(f"apim:{scope}" for role in roles for scope in _SCOPES[role].split())
        return Principal(
            subject=subject or names,
            client_id="a-client",
            issuer="fake",
            audience=("sluice-rest",),
            token_id="a-token",
            issued_at=now,
            expires_at=now + 60,
            scopes=scopes,
            roles=frozenset(f"Internal/{role}" for role in roles),
        )


def echo_api(**changes: Any) -> dict[str, Any]:
    """The tutorial's body; a field set to `...` is left out."""
    body = {
        "name": "EchoWebSocket",
        "context": "/echowebsocket",
        "version": "1.0",
        "type": "WS",
        "policies": ["Gold", "Silver"],
        "endpointConfig": {
            "endpoint_type": "ws",
            "production_endpoints": {"url": "ws://localhost:9000"},
            "sandbox_endpoints": {"url": "wss://sandbox.example:9443/echo"},
        },
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


@dataclass(frozen=True, slots=True)
class World:
    """What tests speak with."""

    publisher: Publisher
    bus: MemoryBus
    client: httpx2.AsyncClient
    keymanager: MemoryKeyManager
    look_ups: MemoryLookUps

    async def call(self, method: str, path: str, *, token: str | None = "admin", **arguments: Any) -> httpx2.Response:
        """A REST call; `path` is below the Publisher's base path, or begins with /api."""
        path = path if path.startswith("/api/") else f"{BASE_PATH}{path}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= arguments.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **arguments)

    async def ok(self, method: str, path: str, **arguments: Any) -> Any:
        """The JSON of a call that must succeed."""
        response = await self.call(method, path, **arguments)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def create(self, *, token: str = "creator", **changes: Any) -> str:
        """The id of a new API made from the tutorial's."""
        api_id: str = (await self.ok("POST", "/apis", token=token, json=echo_api(**changes)))["id"]
        return api_id

    async def act(self, api_id: str, action: str, **params: str) -> Any:
        """A life-cycle action that must succeed."""
        params = {"apiId": api_id, "action": action, **params}
        return await self.ok("POST", "/apis/change-lifecycle", token="publisher", params=params)

    async def state(self, api_id: str) -> str:
        """The API's life-cycle state."""
        state: str = (await self.ok("GET", f"/apis/{api_id}"))["lifeCycleStatus"]
        return state

    async def told(self, kind: type[F]) -> dict[str, F]:
        """The facts of a kind as they are now, by key; what is deleted is not among them."""
        async with self.publisher.database.reading() as session:
            rows = (await session.scalars(select(OutboxRow).where(col(OutboxRow.topic) == kind.topic.name))).all()
        facts = [decode(row.topic, row.key, row.value, {}) for row in rows if not row.deleted]
        return {fact.key: fact for fact in facts if isinstance(fact, kind)}

    async def learn(self, fact: Fact) -> None:
        """A fact of another service arrives."""
        handler = fact_handlers(self.publisher.outbox)[type(fact)]
        async with self.publisher.database.transaction() as session:
            await (handler.remove(session, fact.key) if fact.deleted else handler.apply(session, fact))

    async def row_counts(self) -> dict[str, int]:
        """How much there is in each table, and what the outbox said last."""
        async with self.publisher.database.reading() as session:
            counts = {
                name: await session.scalar(select(func.count()).select_from(table)) or 0
                for name, table in Table.metadata.tables.items()
            }
            counts["last version told"] = await session.scalar(text("SELECT max(version) FROM outbox")) or 0
        return counts


@asynccontextmanager
async def open_world(database_url: str) -> AsyncIterator[World]:
    """Migrated, with the first rows, and nobody's API."""
    bus = MemoryBus()
    keymanager = MemoryKeyManager()
    rules = AddressRules(parse_allow_list("localhost, 127.0.0.0/8, ::1, a, b, later, *.example"))
    look_ups = MemoryLookUps(ADDRESSES)
    access = BackendAccess(rules, look_ups=look_ups, dial_time=DIAL_TIME)
    async with bootstrap(
        database_url=database_url,
        bus=bus,
        default_vhost=VHOST,
        keymanager=keymanager,
        backends=Backends(access, SEAL),
        verifier=FakeVerifier(),
    ) as publisher:
        await publisher.wire.migrate()
        await add_first_rows(publisher.units, default_vhost=VHOST)
        transport = httpx2.ASGITransport(create_app(publisher), raise_app_exceptions=True)
        async with httpx2.AsyncClient(transport=transport, base_url="http://publisher") as client:
            yield World(publisher, bus, client, keymanager, look_ups)
