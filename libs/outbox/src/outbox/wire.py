"""Everything between a service's database and the bus, put together once for all services that have a database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts import Fact, all_topics
from eventbus.bus import EventBus, TopicSpec
from outbox.database import Database
from outbox.database_away import DatabaseAway
from outbox.inbox import FactHandler, Inbox, InboxTables
from outbox.inbox_progress import InboxProgress
from outbox.leader_lock import leader_lock
from outbox.leadership import Duty, Leadership
from outbox.mending import Mending
from outbox.migrating import SchemaCheck, migrate
from outbox.outbox import Outbox
from outbox.relay import Relay
from outbox.tables import OutboxColumns

_log = structlog.get_logger(__name__)

_RETRY_AFTER = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WireTables:
    """The service's own tables of the four mixins."""

    outbox: type[OutboxColumns]
    inbox: InboxTables


class Wire:
    """One for each service: `background` runs beside its listeners, `checks` are part of its `/readyz`.

    `on_first_lead` is awaited by the leader before anything else, with the schema at head: first-start rows belong
    there.
    """

    def __init__(
        self,
        database: Database,
        bus: EventBus,
        *,
        source: str,
        migrations: Path,
        outbox: Outbox,
        own_facts: Sequence[type[Fact]],
        handlers: Mapping[type[Fact], FactHandler],
        tables: WireTables,
        on_first_lead: Duty,
        duties: Sequence[Duty] = (),
    ) -> None:
        self._database = database
        self._bus = bus
        self._migrations = migrations
        self._on_first_lead = on_first_lead
        self._duties = duties
        self._schema = SchemaCheck(database, migrations)
        self._relay = Relay(database, outbox, bus, source=source)
        topics = tuple(fact.topic.name for fact in own_facts)
        self._mending = Mending(database, outbox, bus, topics=topics)
        self._inbox = Inbox(database, bus, handlers, tables.inbox)
        self._progress = InboxProgress(database, bus, topics=self._inbox.topics, table=tables.inbox.position)
        self._leadership = Leadership(leader_lock(database, name=source), [self._lead])
        self._has_first_rows = False
        self._is_first_sent = False

    @property
    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """The tasks whose owner is the service's task group."""
        return (self._leadership.run,)

    @property
    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """Readiness: schema at head, facts read to the end seen at start, first-start rows on the bus."""
        return {"schema": self._schema.check, "facts": self._progress.check, "outbox": self._check_outbox}

    async def migrate(self) -> None:
        """Brings the database's schema and the bus's topics to what this release needs."""
        await migrate(self._database, self._migrations)
        # All of them: a reader that comes before the writer needs its topics too.
        await self._bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())

    async def _lead(self) -> None:
        await self._schema.wait()
        await self._add_first_rows()
        await Leadership.run_duties([self._relay.run, self._mending.run, self._inbox.run, *self._duties])

    async def _add_first_rows(self) -> None:
        while True:
            try:
                await self._on_first_lead()
            except DatabaseAway as away:
                _log.warning("first rows wait for the database", reason=str(away))
                await asyncio.sleep(_RETRY_AFTER.total_seconds())
            else:
                self._has_first_rows = True
                return

    async def _check_outbox(self) -> str | None:
        if self._is_first_sent:
            return None
        if self._leadership.is_leading is None or (self._leadership.is_leading and not self._has_first_rows):
            return "first rows are not written yet"
        try:
            pending = await self._relay.pending()
            is_told = await self._relay.has_told_anything()
        # Any of the database's: its tables may not have been made yet.
        except (DatabaseAway, SQLAlchemyError) as error:
            return f"the database does not answer ({type(error).__name__})"
        self._is_first_sent = pending == 0 and is_told
        return None if self._is_first_sent else "first facts are not on the bus yet"
