"""Puts the publisher together from its settings. Tests build the same with other parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts import publisher as facts
from eventbus.bus import EventBus
from hosting.bearer import Verifier
from hosting.session_feed import SessionFeed
from hosting.trust_feed import TrustFeed
from outbox import Database, Outbox, Wire
from publisher.events.incoming import fact_handlers
from publisher.keymanager_client.client import KeyManagerClient
from publisher.store.tables import WIRE_TABLES
from publisher.usecases.backends import Backends
from publisher.usecases.first_start import add_first_rows
from publisher.usecases.unit import Units
from tokens import REST_AUDIENCE, TokenVerifier

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Publisher:
    """The parts of a running publisher."""

    database: Database
    outbox: Outbox
    wire: Wire
    trust_feed: TrustFeed
    session_feed: SessionFeed
    verifier: Verifier
    units: Units
    keymanager: KeyManagerClient
    backends: Backends

    @property
    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Tasks that run beside the listeners."""
        return (*self.wire.background, self.trust_feed.run, self.session_feed.run)

    @property
    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """What must hold before the publisher is ready."""
        return {"database": self.database.check, **self.wire.checks, "trust": self.trust_feed.check}


@asynccontextmanager
async def bootstrap(
    *,
    database_url: str,
    bus: EventBus,
    default_vhost: facts.Vhost,
    keymanager: KeyManagerClient,
    backends: Backends,
    verifier: Verifier | None = None,
) -> AsyncIterator[Publisher]:
    """The publisher's parts; closes the database at the end. The bus and the key manager belong to the caller.

    Without a verifier, tokens are verified with the keys that the bus tells.
    """
    database = Database(database_url)
    outbox = Outbox(WIRE_TABLES.outbox)
    units = Units(database, outbox)
    trust_feed = TrustFeed(bus)
    wire = Wire(
        database,
        bus,
        source="publisher",
        migrations=MIGRATIONS,
        outbox=outbox,
        own_facts=facts.FACTS,
        handlers=fact_handlers(outbox),
        tables=WIRE_TABLES,
        on_first_lead=lambda: add_first_rows(units, default_vhost=default_vhost),
    )
    try:
        yield Publisher(
            database=database,
            outbox=outbox,
            wire=wire,
            trust_feed=trust_feed,
            session_feed=SessionFeed(bus),
            verifier=verifier or TokenVerifier(trust_feed.trust, audience=REST_AUDIENCE),
            units=units,
            keymanager=keymanager,
            backends=backends,
        )
    finally:
        await database.close()
