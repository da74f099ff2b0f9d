"""`python -m publisher [serve | migrate | migrate-and-serve]`."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from backends.address_rules import AddressRules
from backends.allow_list import parse_allow_list
from backends.errors import UnusableSealingKey
from backends.sealing import Seal, read_seal
from contracts.publisher import Vhost
from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from hosting.entry import run_command
from hosting.server import listen, run_service
from hosting.settings import UnusableSettings
from publisher.app import create_app
from publisher.backend_access.access import BackendAccess
from publisher.bootstrap import Publisher, bootstrap
from publisher.keymanager_client.http import open_keymanager
from publisher.settings import Settings
from publisher.usecases.backends import Backends
from telemetry.logs import configure_logging


@dataclass(frozen=True, slots=True)
class _Configuration:
    service: Settings
    bus: BusSettings
    seal: Seal | None


def _read_settings() -> _Configuration:
    settings = Settings.from_environment(os.environ)
    configuration = _Configuration(settings, BusSettings(), _seal(settings))
    configure_logging(service="publisher", log_format=settings.log_format, level=settings.log_level)
    return configuration


def _seal(settings: Settings) -> Seal | None:
    try:
        return read_seal(settings.sealing_key_file) if settings.sealing_key_file else None
    except UnusableSealingKey as error:
        raise UnusableSettings(f"SLUICE_SEALING_KEY_FILE: {error}") from error


async def _serve(configuration: _Configuration) -> None:
    settings = configuration.service
    sockets = listen(settings.http_hosts.split(","), settings.http_port)
    async with _open(configuration) as publisher:
        await run_service(create_app(publisher), sockets=sockets, background=publisher.background)


async def _migrate(configuration: _Configuration) -> None:
    async with _open(configuration) as publisher:
        await publisher.wire.migrate()


@asynccontextmanager
async def _open(configuration: _Configuration) -> AsyncIterator[Publisher]:
    settings = configuration.service
    secret = settings.client_secret.get_secret_value()
    vhost = Vhost(host=settings.default_vhost, ws_port=settings.default_ws_port, wss_port=settings.default_wss_port)
    access = BackendAccess(AddressRules(parse_allow_list(settings.backend_allow)))
    bus = await open_bus(configuration.bus)
    try:
        async with (
            open_keymanager(url=settings.keymanager_url, client_secret=secret) as keymanager,
            bootstrap(
                database_url=settings.database_url,
                bus=bus,
                default_vhost=vhost,
                keymanager=keymanager,
                backends=Backends(access, configuration.seal),
            ) as publisher,
        ):
            yield publisher
    finally:
        await bus.close()


if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:], read_settings=_read_settings, serve=_serve, migrate=_migrate))
