"""`python -m gateway [serve | migrate | migrate-and-serve | drain]`. To migrate is to make the topics of the gateway's
own facts. `drain` empties the gateway that runs on this machine with the same settings, and ends when it is empty.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from backends.errors import UnusableSealingKey
from backends.sealing import Seal, read_seal
from contracts import all_topics
from eventbus.bus import TopicSpec
from eventbus.opening import open_bus
from eventbus.settings import BusSettings
from gateway.admin.drain_command import drain_running_gateway
from gateway.app import create_app
from gateway.bootstrap import bootstrap
from gateway.running import Gateway
from gateway.settings import Settings, listed
from gateway.workers.serving import serve_with_workers
from hosting.entry import run_command
from hosting.server import PortTaken, listen, listen_privately, run_service
from hosting.settings import UnusableSettings
from telemetry.logs import configure_logging


@dataclass(frozen=True, slots=True)
class _Configuration:
    service: Settings
    bus: BusSettings
    seal: Seal | None
    environment: Mapping[str, str] = field(repr=False)


def _read_settings() -> _Configuration:
    settings = Settings.from_environment(os.environ)
    configuration = _Configuration(settings, BusSettings(), _seal(settings), dict(os.environ))
    configure_logging(service="gateway", log_format=settings.log_format, level=settings.log_level)
    return configuration


def _seal(settings: Settings) -> Seal | None:
    try:
        return read_seal(settings.sealing_key_file) if settings.sealing_key_file else None
    except UnusableSealingKey as error:
        raise UnusableSettings(f"SLUICE_SEALING_KEY_FILE: {error}") from error


async def _serve(configuration: _Configuration) -> None:
    settings = configuration.service
    if settings.workers > 1:
        await serve_with_workers(settings, environment=configuration.environment)
        return
    sockets = _admin_sockets(settings)
    bus = await open_bus(configuration.bus)
    try:
        gateway = bootstrap(settings, bus=bus, seal=configuration.seal)
        _spare_the_garbage_collector()
        await _start(gateway)
        await run_service(
            create_app(gateway),
            sockets=sockets,
            background=gateway.background,
            on_stop_signal=gateway.doors.drain.run,
            is_behind_parent=settings.worker_socket is not None,
        )
    finally:
        await bus.close()


def _spare_the_garbage_collector() -> None:
    """What is here now stays: to walk it again and again would halt every session for tens of milliseconds."""
    gc.collect()
    gc.freeze()


def _admin_sockets(settings: Settings) -> list[socket.socket]:
    if settings.worker_socket is not None:
        return [listen_privately(settings.worker_socket)]
    return listen(listed(settings.hosts), settings.admin_port)


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
