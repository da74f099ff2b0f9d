"""A key manager in this process: real migrations, SQLite or PostgreSQL, the bus in memory, HTTP without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from backends.sealing import Seal
from backing.eventually import eventually
from contracts import ALL_FACTS, Fact, Tombstone, decode
from contracts.devportal import Application, TokenType
from contracts.keymanager import ReferenceToken
from contracts.publisher import Api, ApiState, Scope
from eventbus.bus import Record, TopicSpec
from eventbus.memory import MemoryBus
from keymanager.app import create_app
from keymanager.authentication.attempts import Attempts
from keymanager.authentication.passwords import Passwords
from keymanager.bootstrap import Configuration, Keymanager, bootstrap
from keymanager.domain.clients import DEVPORTAL_CLIENT, PUBLISHER_CLIENT
from keymanager.domain.secrets import hash_secret
from keymanager.parts import TokenPolicy
from keymanager.usecases.first_start import FirstStart
from tokens.key_pairs import Algorithm

ISSUER = "http://keymanager.test:8083"
ADMIN = ("admin", "admin-password-1")
DEVPORTAL_SECRET = "devportal-secret-for-tests"
PUBLISHER_SECRET = "publisher-secret-for-tests"
WITHIN = timedelta(seconds=15)


@dataclass(slots=True)
class ManualClock:
    """The time of day, which tests move on."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@dataclass(slots=True)
class MonotonicClock:
    """Seconds, which tests move on."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(slots=True)
class World:
    """A running key manager and what surrounds it."""

    keymanager: Keymanager
    http: httpx2.AsyncClient
    bus: MemoryBus
    clock: ManualClock
    attempt_clock: MonotonicClock
    told_version: int = 0

    async def facts(self, topic: str) -> dict[str, Fact]:
        """What the bus says of a topic: the last fact of each key that is not deleted."""
        held: dict[str, Fact] = {}
        async with self.bus.open_reader([topic]) as reader:
            for record in await reader.receive(timeout=timedelta(0), max_records=10_000):
                fact = decode(record.topic, record.key, record.value, record.headers)
                if isinstance(fact, Tombstone) or fact.deleted:
                    held.pop(fact.key, None)
                else:
                    held[fact.key] = fact
        return held

    async def tell(self, fact: Fact) -> None:
        """As another service: returns when the key manager has taken the fact in."""
        self.told_version += 1
        versioned = fact.model_copy(update={"version": self.told_version})
        await self.bus.send([Record(fact.topic.name, fact.key, versioned.model_dump_json().encode())])

    async def soon(self, assertion: Callable[[], Awaitable[bool]], message: str) -> None:
        await eventually(assertion, within=WITHIN, message=message)

    async def eventually_granted(self, client: tuple[str, str], asked: str, *, remaining: str) -> None:
        async def is_granted() -> bool:
            answer = await self.token(client, asked)
            assert answer.json()["scope"] == remaining
            return True

        await self.soon(is_granted, f"{remaining!r} remains of {asked!r}")

    async def fact(self, topic: str, key: str) -> Fact:
        """Waits for it to be told."""
        found: list[Fact] = []

        async def is_told() -> bool:
            found[:] = [fact for name, fact in (await self.facts(topic)).items() if name == key]
            return bool(found)

        await self.soon(is_told, f"{topic} {key} is told")
        return found[0]

    async def no_fact(self, topic: str, key: str) -> None:
        """Waits for its end to be told."""

        async def is_gone() -> bool:
            return key not in await self.facts(topic)

        await self.soon(is_gone, f"{topic} {key} is gone")

    async def reference_token_fact(self, token: str) -> ReferenceToken:
        fact = await self.fact(ReferenceToken.topic.name, hash_secret(token))
        assert isinstance(fact, ReferenceToken)
        return fact

    def database_bytes(self) -> bytes:
        """Everything that is on disk."""
        path = Path(self.keymanager.parts.database.url.database or "")
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))

    async def create_user(self, name: str, *roles: str, password: str = "a-good-password") -> str:
        """Returns the id."""
        body = {"userName": name, "password": password, "roles": [{"value": role} for role in roles]}
        answer = await self.http.post("/scim2/Users", json=body, auth=ADMIN)
        assert answer.status_code == 201, answer.text
        user_id: str = answer.json()["id"]
        return user_id

    async def register(
        self, name: str, *, password: str = "a-good-password", client: str = "script"
    ) -> tuple[str, str]:
        """Client id and secret of a REST client of the user."""
        body = {"clientName": client, "owner": name, "grantType": "password refresh_token", "saasApp": True}
        answer = await self.http.post("/client-registration/v0.17/register", json=body, auth=(name, password))
        assert answer.status_code == 200, answer.text
        return answer.json()["clientId"], answer.json()["clientSecret"]

    async def token(self, client: tuple[str, str], scope: str = "") -> httpx2.Response:
        """The whole answer of the token endpoint."""
        form = {"grant_type": "client_credentials", "scope": scope}
        return await self.http.post("/oauth2/token", data=form, auth=client)

    async def rest_token(self, client: tuple[str, str], scope: str = "") -> str:
        answer = await self.token(client, scope)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def keep_key(self, key_mapping_id: str, **fields: object) -> httpx2.Response:
        """PUT as the devportal does it."""
        body = {
            "applicationId": "app-1",
            "applicationName": "Phone",
            "owner": "subscriber",
            "tokenType": "JWT",
            "keyType": "PRODUCTION",
            "grantTypes": ["client_credentials"],
            "callbackUrl": None,
            "validityTime": 3600,
            "additionalProperties": {},
            **fields,
        }
        return await self.http.put(key_path(key_mapping_id), json=body, auth=(DEVPORTAL_CLIENT, DEVPORTAL_SECRET))

    async def application_client(self, key_mapping_id: str = "key-1", **fields: object) -> tuple[str, str]:
        answer = await self.keep_key(key_mapping_id, **fields)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["clientId"], answer.json()["clientSecret"]


def key_path(key_mapping_id: str, *, then: str = "") -> str:
    return f"/keymanager-operations/consumer-keys/{key_mapping_id}{then}"


def application(application_id: str = "app-1", *, token_type: str = "JWT", owner: str = "subscriber") -> Application:
    return Application(id=application_id, name="Phone", owner=owner, plan="Unlimited", token_type=TokenType(token_type))


def api(api_id: str, *scopes: Scope) -> Api:
    now = datetime.now(UTC)
    return Api(
        id=api_id,
        name="Echo",
        context="/echo",
        api_version="1.0",
        provider="creator",
        state=ApiState.PUBLISHED,
        scopes=scopes,
        created_at=now,
        updated_at=now,
    )


def cheap_passwords() -> Passwords:
    """Argon2id all the same, only quick."""
    return Passwords(PasswordHash([Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)]))


def configuration(
    database_url: str,
    *,
    clock: Callable[[], datetime] | None = None,
    attempt_clock: Callable[[], float] | None = None,
    algorithm: Algorithm = "ES256",
    issuer: str = ISSUER,
    seal: Seal | None = None,
    admin_password: str | None = ADMIN[1],
    max_lifetime: int = 86_400,
) -> Configuration:
    secrets = {DEVPORTAL_CLIENT: SecretStr(DEVPORTAL_SECRET), PUBLISHER_CLIENT: SecretStr(PUBLISHER_SECRET)}
    return Configuration(
        database_url=database_url,
        policy=TokenPolicy(issuer, algorithm, max_lifetime),
        seal=seal or Seal([b"k" * 32]),
        first_start=FirstStart(SecretStr(admin_password) if admin_password else None, secrets),
        passwords=cheap_passwords(),
        attempts=Attempts(clock=attempt_clock or MonotonicClock()),
        clock=clock or ManualClock(),
    )


async def _forever(task: Callable[[], Awaitable[None]]) -> None:
    await task()


@asynccontextmanager
async def running(configured: Configuration, *, bus: MemoryBus) -> AsyncIterator[tuple[Keymanager, httpx2.AsyncClient]]:
    """Migrated, led, ready; stopped at the end."""
    async with AsyncExitStack() as ends:
        await bus.create_topics(TopicSpec(**asdict(fact.topic)) for fact in ALL_FACTS)
        keymanager = await ends.enter_async_context(bootstrap(configured, bus=bus))
        await keymanager.wire.migrate()
        tasks = await ends.enter_async_context(asyncio.TaskGroup())
        started = [tasks.create_task(_forever(task)) for task in keymanager.background]
        ends.callback(lambda: [task.cancel() for task in started])
        transport = httpx2.ASGITransport(app=create_app(keymanager))
        http = await ends.enter_async_context(httpx2.AsyncClient(transport=transport, base_url=ISSUER))

        async def is_ready() -> bool:
            answer = await http.get("/readyz")
            assert answer.status_code == 200, answer.text
            return True

        await eventually(is_ready, within=WITHIN, message="the key manager is ready")
        yield keymanager, http


@asynccontextmanager
async def world_on(database_url: str, **options: object) -> AsyncIterator[World]:
    """A key manager on a fresh bus."""
    clock, attempt_clock, bus = ManualClock(), MonotonicClock(), MemoryBus()
    configured = configuration(database_url, clock=clock, attempt_clock=attempt_clock, **options)  # type: ignore[arg-type]  # passed on as they are
    async with running(configured, bus=bus) as (keymanager, http):
        yield World(keymanager, http, bus, clock, attempt_clock)
