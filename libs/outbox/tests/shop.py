"""A small service with an outbox and an inbox, for the tests; run as a program it is a replica that relays.

    python shop.py DATABASE_URL BUS_URL STEP:COUNT:SIGNAL
sends itself SIGNAL when its relay reaches STEP for the COUNT-th time (`sent:2:SIGKILL`; `-` for never).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from contracts.devportal import Application
from contracts.fact import Fact
from eventbus.bus import EventBus, TopicSpec
from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from outbox import Database, InboxColumns, InboxTables, Outbox, OutboxColumns, ParkedColumns, PositionColumns
from outbox.leader_lock import leader_lock
from outbox.leadership import Leadership
from outbox.mending import Mending
from outbox.relay import Relay

TOPIC = Application.topic.name


class Table(SQLModel, registry=registry()):
    """The shop's own registry."""


class OutboxRow(Table, OutboxColumns, table=True):
    __tablename__ = "outbox"


class InboxRow(Table, InboxColumns, table=True):
    __tablename__ = "inbox"


class PositionRow(Table, PositionColumns, table=True):
    __tablename__ = "reader_position"


class ParkedRow(Table, ParkedColumns, table=True):
    __tablename__ = "parked_record"


class ApplicationRow(Table, table=True):
    """The read model: `applied` counts how often the handler ran for it."""

    __tablename__ = "application"

    id: str = Field(primary_key=True)
    name: str
    applied: int = 0


TABLES = InboxTables(inbox=InboxRow, position=PositionRow, parked=ParkedRow)


class ApplicationHandler:
    """Keeps `ApplicationRow`; a name of `poison` cannot be applied."""

    async def apply(self, session: AsyncSession, fact: Fact) -> None:
        assert isinstance(fact, Application)
        if fact.name == "poison":
            raise ValueError("cannot be applied")
        row = await session.get(ApplicationRow, fact.id)
        if row is None:
            row = ApplicationRow(id=fact.id, name=fact.name)
            session.add(row)
        row.name, row.applied = fact.name, row.applied + 1

    async def remove(self, session: AsyncSession, key: str) -> None:
        row = await session.get(ApplicationRow, key)
        if row is not None:
            await session.delete(row)


def application(identity: str, name: str) -> Application:
    return Application(id=identity, name=name, owner="alice", plan="Unlimited")


async def prepare(database: Database, bus: EventBus) -> None:
    """Tables and topics."""
    async with database.engine.begin() as connection:
        await connection.run_sync(Table.metadata.create_all)
    await bus.create_topics([TopicSpec(**asdict(Application.topic))])


def signal_at(when: str) -> Callable[[str], None]:
    """What the relay calls at each step."""
    if when == "-":
        return lambda step: None
    wanted, count, name = when.split(":")
    remaining = int(count)

    def on_step(step: str) -> None:
        nonlocal remaining
        remaining -= step == wanted
        if step == wanted and remaining == 0:
            os.kill(os.getpid(), signal.Signals[name])

    return on_step


async def _relay_for_ever(database_url: str, bus_url: str, when: str) -> None:
    database, bus = Database(database_url), await open_bus(BusSettings(url=bus_url))
    outbox = Outbox(OutboxRow)
    relay = Relay(database, outbox, bus, source="shop", on_step=signal_at(when), batch=5)
    mending = Mending(database, outbox, bus, topics=(TOPIC,))
    leadership = Leadership(leader_lock(database, name="shop"), [relay.run, mending.run], retry_seconds=0.1)
    print("started", flush=True)  # noqa: T201  # the parent waits for it
    await leadership.run()


if __name__ == "__main__":
    asyncio.run(_relay_for_ever(*sys.argv[1:]))
