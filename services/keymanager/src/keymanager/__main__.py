"""`python -m keymanager [serve | migrate | migrate-and-serve]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from backends.errors import UnusableSealingKey
from backends.sealing import Seal, read_seal
from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from hosting.entry import run_command
from hosting.server import listen, run_service
from hosting.settings import UnusableSettings
from keymanager.app import create_app
from keymanager.bootstrap import Configuration, bootstrap
from keymanager.domain.clients import DEVPORTAL_CLIENT, PUBLISHER_CLIENT
from keymanager.parts import TokenPolicy
from keymanager.settings import Settings
from keymanager.usecases.first_start import FirstStart
from telemetry.logs import configure_logging

_Everything = tuple[Settings, BusSettings, Configuration]


def _read_settings() -> _Everything:
    settings, bus = Settings.from_environment(os.environ), BusSettings()
    configure_logging(service="keymanager", log_format=settings.log_format, level=settings.log_level)
    return settings, bus, _configuration(settings)


def _configuration(settings: Settings) -> Configuration:
    secrets = {
        PUBLISHER_CLIENT: settings.publisher_client_secret,
        DEVPORTAL_CLIENT: settings.devportal_client_secret,
    }
    return Configuration(
        database_url=settings.database_url,
        policy=TokenPolicy(settings.public_url, settings.signing_algorithm, settings.max_token_lifetime),
        seal=_seal(settings.encryption_key_file),
        first_start=FirstStart(
            settings.admin_password, {client: secret for client, secret in secrets.items() if secret is not None}
        ),
    )


def _seal(key_file: Path) -> Seal:
    try:
        return read_seal(key_file)
    except UnusableSealingKey as error:
        raise UnusableSettings(f"KEYMANAGER_ENCRYPTION_KEY_FILE: {error}") from error


async def _serve(everything: _Everything) -> None:
    settings, bus_settings, configuration = everything
    sockets = listen(settings.http_hosts.split(","), settings.http_port)
    bus = await open_bus(bus_settings)
    refusals: list[str] = []
    try:
        async with bootstrap(configuration, bus=bus) as keymanager:
            await run_service(create_app(keymanager), sockets=sockets, background=keymanager.background)
    except* UnusableSettings as refused:
        # The first start found out what settings alone cannot tell: no admin yet, or another encryption key.
        refusals = [str(error) for error in _leaves(refused)]
    finally:
        await bus.close()
    if refusals:
        sys.stderr.write("\n".join(refusals) + "\n")
        raise SystemExit(2)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


async def _migrate(everything: _Everything) -> None:
    _, bus_settings, configuration = everything
    bus = await open_bus(bus_settings)
    try:
        async with bootstrap(configuration, bus=bus) as keymanager:
            await keymanager.wire.migrate()
    finally:
        await bus.close()


if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:], read_settings=_read_settings, serve=_serve, migrate=_migrate))
