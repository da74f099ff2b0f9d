"""`serve` with `GATEWAY_WORKERS` above one: the parent's whole life."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from gateway.settings import Settings, listed
from gateway.workers.admin_port import AdminPort, create_parent_app
from gateway.workers.worker_client import WorkerClient
from gateway.workers.workers import Workers
from hosting.server import listen, run_service

# What a worker needs besides its grace: to end its admin port and to say goodbye on the bus.
_MARGIN = timedelta(seconds=5)


async def serve_with_workers(settings: Settings, *, environment: Mapping[str, str]) -> None:
    """Returns when all have ended. Raises `PortTaken` before a worker is started, `CommandFailed` where one cannot
    start. `environment` is the workers'.
    """
    hosts = listed(settings.hosts)
    sockets = listen(hosts, settings.admin_port)
    for client_port in (settings.ws_port, settings.wss_port):
        _refuse_taken(hosts, client_port)
    grace = settings.drain_delay + settings.drain_grace + _MARGIN
    with tempfile.TemporaryDirectory(prefix="sluice-gateway-") as folder:
        workers = Workers(settings.workers, folder=Path(folder), environment=environment, grace=grace)
        async with WorkerClient(workers) as client:
            port = AdminPort(workers, client, drain_within=grace)
            try:
                await run_service(
                    create_parent_app(port), sockets=sockets, background=(workers.run,), on_stop_signal=workers.stop
                )
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from failures


def _refuse_taken(hosts: tuple[str, ...], port: int) -> None:
    """Sharing a port hides that somebody else listens on it: two gateways would take each other's clients."""
    if port:
        for opened in listen(hosts, port):
            opened.close()
