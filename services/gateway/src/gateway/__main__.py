"""`python -m gateway [serve | migrate | migrate-and-serve | drain]`. To migrate is to make the topics of the gateway's
own facts. `drain` empties the gateway that runs on this machine with the same settings, and ends when it is empty.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import asdict, dataclass

from backends.errors import UnusableSealingKey
from backends.sealing import Seal, read_seal
from contracts import all_topics
from eventbus.bus import TopicSpec
from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from gateway.admin.drain_command import drain_running_gateway
from gateway.app import create_app
from gateway.bootstrap import Gateway, bootstrap
from gateway.settings import Settings
from hosting.entry import run_command
from hosting.server import PortTaken, listen, run_service
from hosting.settings import UnusableSettings
from telemetry.logs import configure_logging


@dataclass(frozen=True, slots=True)
class _Configuration:
    service: Settings
    bus: BusSettings
    seal: Seal | None


def _read_settings() -> _Configuration:
    settings = Settings.from_environment(os.environ)
    configuration = _Configuration(settings, BusSettings(), _seal(settings))
    configure_logging(service="gateway", log_format=settings.log_format, level=settings.log_level)
    return configuration


def _seal(settings: Settings) -> Seal | None:
    try:
        return read_seal(settings.sealing_key_file) if settings.sealing_key_file else None
    except UnusableSealingKey as error:
        raise UnusableSettings(f"SLUICE_SEALING_KEY_FILE: {error}") from error


async def _serve(configuration: _Configuration) -> None:
    settings = configuration.service
    sockets = listen(settings.hosts.split(","), settings.admin_port)
    bus = await open_bus(configuration.bus)
    try:
        gateway = bootstrap(settings, bus=bus, seal=configuration.seal)
        await _start(gateway)
        await run_service(
            create_app(gateway),
            sockets=sockets,
            background=gateway.background,
            on_stop_signal=gateway.drain.run,
        )
    finally:
        await bus.close()


async def _start(gateway: Gateway) -> None:
    try:
        await gateway.start()
    except OSError as error:
        raise PortTaken(f"cannot listen for clients: {error}") from error


async def _migrate(configuration: _Configuration) -> None:
    bus = await open_bus(configuration.bus)
    try:
        await bus.create_topics(TopicSpec(**asdict(topic)) for topic in all_topics())
    finally:
        await bus.close()


async def _drain(configuration: _Configuration) -> None:
    await asyncio.to_thread(drain_running_gateway, configuration.service)


if __name__ == "__main__":
    sys.exit(
        run_command(
            sys.argv[1:], read_settings=_read_settings, serve=_serve, migrate=_migrate, others={"drain": _drain}
        )
    )
