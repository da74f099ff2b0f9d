"""The gateway as a candidate: the real program, fed with facts over a bus in a file, everything on."""

from __future__ import annotations

import asyncio
import sys
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path

from backing.eventually import free_ports
from bench.candidates import Running, launch_proxy, wait_until
from bench.facts import URL_PATH, tell_facts
from sluice.up.certificates import ensure_certificates


@dataclass(frozen=True, slots=True)
class Gateway:
    """`settings` are environment variables beside those that it needs; `name` tells variants apart. With `is_tls` its
    one port is for wss."""

    name: str = "gateway"
    settings: tuple[tuple[str, str], ...] = ()
    is_tls: bool = False

    def start(self, folder: Path, *, port: int, echo_port: int) -> Running:
        bus_url = f"sqlite:///{folder / 'bus.db'}"
        asyncio.run(tell_facts(bus_url, echo_port=echo_port))
        (admin_port,) = free_ports(1)
        environment = {
            "EVENTBUS_URL": bus_url,
            "GATEWAY_HOSTS": "127.0.0.1",
            "GATEWAY_ADMIN_PORT": str(admin_port),
            "GATEWAY_WS_PORT": "0" if self.is_tls else str(port),
            "GATEWAY_WSS_PORT": str(port) if self.is_tls else "0",
            "GATEWAY_DRAIN_DURATION": "0",
            "SLUICE_BACKEND_ALLOW": "127.0.0.0/8",
            **(_certificate(folder) if self.is_tls else {}),
            **dict(self.settings),
        }
        command = [sys.executable, "-m", "gateway", "serve"]
        running = launch_proxy(self.name, command, folder=folder, port=port, environment=environment)
        wait_until(lambda: _is_ready(admin_port), process=running.process, folder=folder)
        return replace(running, url_path=URL_PATH)


def _certificate(folder: Path) -> dict[str, str]:
    files = ensure_certificates(folder / "tls")
    return {"GATEWAY_WSS_CERTIFICATE_FILE": str(files.certificate), "GATEWAY_WSS_KEY_FILE": str(files.key)}


def _is_ready(admin_port: int) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/readyz", timeout=2) as answer:
        return bool(answer.status == 200)
