"""A whole platform on a Kafka and a PostgreSQL of its own, which the tests kill and mend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e.clients.control import ControlPlane
from e2e.clients.gateway import bearer
from e2e.journeys.tutorial import Subscribed, subscribed
from e2e.platform import Platform, Stores

from backing.eventually import free_ports
from backing.kafka import KafkaBroker, SideDoor, fetch_kafka
from backing.postgres import PostgresServer, fetch_postgres
from faults.footprint import Footprint, back_to, read_footprint

_FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test on the whole site is a long one: the site alone takes half a minute to start."""
    for item in items:
        if isinstance(item, pytest.Function) and _FOLDER in item.path.parents and "site" in item.fixturenames:
            item.add_marker(pytest.mark.long)


@dataclass(frozen=True, slots=True)
class Site:
    """The platform with the servers behind it."""

    platform: Platform
    kafka: KafkaBroker
    postgres: PostgresServer
    side_door: SideDoor


@dataclass(frozen=True, slots=True)
class Scene:
    """A subscriber of a published API, on a site where everything works when the test begins."""

    site: Site
    control: ControlPlane
    tutorial: Subscribed

    @property
    def platform(self) -> Platform:
        return self.site.platform

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.tutorial.token)

    @property
    def gateway_pid(self) -> int:
        return self.platform.processes["gateway"].pid


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("faults")
    fetch_kafka()
    fetch_postgres()
    kafka, postgres = KafkaBroker(), PostgresServer()
    try:
        side_door = SideDoor(*free_ports(2))
        kafka.start(folder / "kafka", side_door=side_door)
        postgres.start(folder / "postgres")
        databases = {name: postgres.create_database(name) for name in ("publisher", "devportal", "keymanager")}
        platform = Platform(folder, Stores(kafka.url, databases))
        try:
            platform.start_all()
            yield Site(platform, kafka, postgres, side_door)
        finally:
            platform.close()
    finally:
        postgres.discard()
        kafka.stop()


@pytest.fixture
async def scene(site: Site) -> AsyncIterator[Scene]:
    """Mends the site first, whatever the test before has broken."""
    await asyncio.to_thread(_mend, site)
    async with ControlPlane(site.platform) as control:
        # No quota is to end what a fault must not.
        yield Scene(site, control, await subscribed(control, plan="Unlimited"))


@pytest.fixture
async def footprint(scene: Scene) -> AsyncIterator[Footprint]:
    """The four closing checks: what the gateway held before the test is all that it holds afterwards."""
    admin_url, pid = scene.platform.url("gateway"), scene.gateway_pid
    before = await read_footprint(pid, admin_url=admin_url)
    yield before
    assert scene.gateway_pid == pid, "the gateway was restarted, so there is nothing to compare"
    await back_to(before, pid, admin_url=admin_url)


def _mend(site: Site) -> None:
    site.kafka.resume()
    if not site.kafka.is_running:
        site.kafka.restart()
    site.postgres.resume()
    if not site.postgres.is_running:
        site.postgres.restart()
    site.platform.ensure_all()
