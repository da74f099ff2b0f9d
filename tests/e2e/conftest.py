"""The platform in both sizes. All journeys share it; each uses names of its own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from e2e.clients.control import ControlPlane
from e2e.platform import Platform, Stores

ONE_MACHINE, MANY_MACHINES = "one machine", "many machines"


@pytest.fixture(scope="session", params=[ONE_MACHINE, MANY_MACHINES])
def shared_platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """SQLite for everything, and Kafka with PostgreSQL."""
    folder = tmp_path_factory.mktemp("platform")
    databases = {service: f"sqlite:///{folder}/{service}.db" for service in ("publisher", "devportal", "keymanager")}
    stores = Stores(f"sqlite:///{folder}/bus.db", databases)
    if request.param == MANY_MACHINES:
        postgres, kafka = request.getfixturevalue("postgres_server"), request.getfixturevalue("kafka_broker")
        databases = {service: postgres.create_database(service) for service in databases}
        stores = Stores(f"kafka://{kafka.bootstrap}", databases, topic_prefix=f"e2e{uuid.uuid4().hex[:8]}.")
    platform = Platform(folder, stores)
    try:
        platform.start_all()
        yield platform
    finally:
        platform.close()


@pytest.fixture
def platform(shared_platform: Platform) -> Platform:
    """Whole at the beginning of each test, whatever the one before has killed."""
    shared_platform.ensure_all()
    return shared_platform


@pytest.fixture
async def control(platform: Platform) -> AsyncIterator[ControlPlane]:
    """REST clients for the platform."""
    async with ControlPlane(platform) as control:
        yield control
