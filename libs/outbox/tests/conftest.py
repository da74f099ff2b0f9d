"""The shop on both sizes: SQLite for database and bus, and PostgreSQL with Kafka."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import shop
from place import Place

from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from outbox import Database


@pytest.fixture(params=["one machine", "many machines"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The database's and the bus's."""
    if request.param == "one machine":
        return f"sqlite:///{tmp_path}/shop.db", f"sqlite:///{tmp_path}/bus.db"
    postgres, kafka = request.getfixturevalue("postgres_server"), request.getfixturevalue("kafka_broker")
    return postgres.create_database(f"shop_{uuid.uuid4().hex[:12]}"), f"kafka://{kafka.bootstrap}"


@pytest.fixture
def topic_prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keeps the tests' topics in the shared broker apart, also for the processes they start."""
    prefix = f"t{uuid.uuid4().hex[:10]}."
    monkeypatch.setenv("EVENTBUS_TOPIC_PREFIX", prefix)
    return prefix


@pytest.fixture
async def place(urls: tuple[str, str], topic_prefix: str) -> AsyncIterator[Place]:
    """Prepared, and cleaned of every replica afterwards."""
    database, bus = Database(urls[0]), await open_bus(BusSettings(url=urls[1]))
    await shop.prepare(database, bus)
    here = Place(*urls, database, bus)
    try:
        yield here
    finally:
        with _ended(here.replicas):
            await bus.close()
            await database.close()


@contextlib.contextmanager
def _ended(replicas: list[subprocess.Popen[bytes]]) -> Iterator[None]:
    for replica in replicas:
        if replica.poll() is None:
            replica.send_signal(signal.SIGCONT)
            replica.kill()
        replica.wait(10)
        if replica.stdout:
            replica.stdout.close()
    yield
