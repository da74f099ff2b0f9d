"""Puts the key manager together from its settings. Tests build the same with other parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from backends.sealing import Seal
from contracts import keymanager as facts
from eventbus.bus import EventBus
from hosting.trust_feed import TrustFeed
from keymanager.authentication.attempts import Attempts
from keymanager.authentication.passwords import Passwords
from keymanager.events.gateway_keys import GatewayKeys
from keymanager.events.incoming import fact_handlers
from keymanager.parts import Clock, Parts, TokenPolicy
from keymanager.signing.signer import Signer
from keymanager.store.tables import WIRE_TABLES
from keymanager.usecases.first_start import FirstStart, add_first_rows
from keymanager.usecases.read_token import TokenReader
from keymanager.usecases.remove_expired import remove_expired_for_ever
from keymanager.usecases.revocations import Revocations
from outbox import Database, Outbox, Wire
from tokens import DATA_PLANE_AUDIENCE, REST_AUDIENCE, TokenVerifier

MIGRATIONS = Path(__file__).parent / "migrations"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What settings become; `passwords` and `clock` are other ones in tests."""

    database_url: str
    policy: TokenPolicy
    seal: Seal
    first_start: FirstStart
    passwords: Passwords = field(default_factory=Passwords)
    attempts: Attempts = field(default_factory=Attempts)
    clock: Clock = _utc_now


@dataclass(frozen=True, slots=True)
class Keymanager:
    """The parts of a running key manager."""

    parts: Parts
    wire: Wire
    trust_feed: TrustFeed
    gateway_keys: GatewayKeys
    verifier: TokenVerifier
    token_reader: TokenReader

    @property
    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Tasks that run beside the listeners."""
        return (*self.wire.background, self.trust_feed.run, self.gateway_keys.run)

    @property
    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """What must hold before the key manager is ready."""
        return {
            "database": self.parts.database.check,
            **self.wire.checks,
            "trust": self.trust_feed.check,
            "gateways": self.gateway_keys.check,
        }


@asynccontextmanager
async def bootstrap(configuration: Configuration, *, bus: EventBus) -> AsyncIterator[Keymanager]:
    """The key manager's parts; closes the database at the end. The bus belongs to the caller."""
    parts = _parts(configuration)
    trust_feed, gateway_keys = TrustFeed(bus), GatewayKeys(bus, clock=parts.clock)
    wire = Wire(
        parts.database,
        bus,
        source="keymanager",
        migrations=MIGRATIONS,
        outbox=parts.outbox,
        own_facts=facts.FACTS,
        handlers=fact_handlers(parts.revocations),
        tables=WIRE_TABLES,
        on_first_lead=lambda: add_first_rows(parts, configuration.first_start),
        duties=[lambda: remove_expired_for_ever(parts)],
    )
    rest, data_plane = (
        TokenVerifier(trust_feed.trust, audience=audience, clock=lambda: parts.clock().timestamp())
        for audience in (REST_AUDIENCE, DATA_PLANE_AUDIENCE)
    )
    try:
        yield Keymanager(parts, wire, trust_feed, gateway_keys, rest, TokenReader(parts, [rest, data_plane]))
    finally:
        await parts.database.close()


def _parts(configuration: Configuration) -> Parts:
    database, outbox = Database(configuration.database_url), Outbox(WIRE_TABLES.outbox)
    policy, clock = configuration.policy, configuration.clock
    return Parts(
        database=database,
        outbox=outbox,
        passwords=configuration.passwords,
        attempts=configuration.attempts,
        seal=configuration.seal,
        signer=Signer(database, configuration.seal, algorithm=policy.algorithm),
        revocations=Revocations(outbox, max_lifetime=policy.max_lifetime, clock=clock),
        policy=policy,
        clock=clock,
    )
