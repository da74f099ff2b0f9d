"""Puts the devportal together from its settings. Tests build the same with other parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts import devportal as facts
from devportal.events.incoming import fact_handlers
from devportal.keymanager_client.client import KeyManagerClient
from devportal.readiness import CatalogueCheck
from devportal.store.tables import WIRE_TABLES
from devportal.usecases.unit import Units
from eventbus.bus import EventBus
from hosting.bearer import Verifier
from hosting.session_feed import SessionFeed
from hosting.trust_feed import TrustFeed
from outbox import Database, Outbox, Wire
from tokens import REST_AUDIENCE, TokenVerifier

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Devportal:
    """The parts of a running devportal."""

    database: Database
    outbox: Outbox
    wire: Wire
    trust_feed: TrustFeed
    session_feed: SessionFeed
    verifier: Verifier
    units: Units
    keymanager: KeyManagerClient
    catalogue_check: CatalogueCheck

    @property
    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Tasks that run beside the listeners."""
        return (*self.wire.background, self.trust_feed.run, self.session_feed.run)

    @property
    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """What must hold before the devportal is ready.

        Not that something is told: unlike the other services, the devportal has nothing to say at its first start.
        """
        wire = {name: check for name, check in self.wire.checks.items() if name != "outbox"}
        return {
            "database": self.database.check,
            **wire,
            "trust": self.trust_feed.check,
            "catalogue": self.catalogue_check.check,
        }


@asynccontextmanager
async def bootstrap(
    *, database_url: str, bus: EventBus, keymanager: KeyManagerClient, verifier: Verifier | None = None
) -> AsyncIterator[Devportal]:
    """The devportal's parts; closes the database at the end. The bus and the key manager belong to the caller.

    Without a verifier, tokens are verified with the keys that the bus tells.
    """
    database = Database(database_url)
    outbox = Outbox(WIRE_TABLES.outbox)
    units = Units(database, outbox)
    trust_feed = TrustFeed(bus)
    wire = Wire(
        database,
        bus,
        source="devportal",
        migrations=MIGRATIONS,
        outbox=outbox,
        own_facts=facts.FACTS,
        handlers=fact_handlers(outbox),
        tables=WIRE_TABLES,
        on_first_lead=_nothing_to_add,
    )
    try:
        yield Devportal(
            database=database,
            outbox=outbox,
            wire=wire,
            trust_feed=trust_feed,
            session_feed=SessionFeed(bus),
            verifier=verifier or TokenVerifier(trust_feed.trust, audience=REST_AUDIENCE),
            units=units,
            keymanager=keymanager,
            catalogue_check=CatalogueCheck(units),
        )
    finally:
        await database.close()


async def _nothing_to_add() -> None:
    """The devportal has no first rows: there is no application that nobody made."""
