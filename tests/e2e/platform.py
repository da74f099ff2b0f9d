"""A whole platform on this machine: each service a process of its own, on free ports, in a folder of its own.

The launcher is not used here, because it ends everything when one service dies; tests of the launcher are in
`journeys/test_launcher.py`. Started by a session fixture; `close` ends every process.
"""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from backing.eventually import eventually_sync, free_ports, scaled
from sluice.up.certificates import ensure_certificates

SERVICES = ("keymanager", "publisher", "devportal", "gateway")
_READY_WITHIN = timedelta(seconds=90)
_STOPPED_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the bus and the databases are."""

    bus: str
    databases: Mapping[str, str]
    topic_prefix: str = ""


@dataclass
class Platform:
    """Ports, URLs and processes."""

    folder: Path
    stores: Stores
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    # Name, password and REST token of the users that the journeys share, by their roles.
    people: dict[tuple[str, ...], tuple[str, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = ("publisher", "devportal", "keymanager", "gateway", "ws", "wss", "echo")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.tls = ensure_certificates(self.folder / "tls")
        self._encryption_key = self.folder / "encryption-key"
        self._encryption_key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        self.sealing_key = self.folder / "sealing-key"
        self.sealing_key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        self._client_secrets = {name: secrets.token_urlsafe(32) for name in ("PUBLISHER", "DEVPORTAL")}

    def url(self, service: str) -> str:
        """The base URL of a service's REST or admin port."""
        return f"http://localhost:{self.ports[service]}"

    @property
    def ws(self) -> str:
        return self.ws_of("gateway")

    def ws_of(self, gateway: str) -> str:
        """Where one gateway listens for ws. Further ones than `gateway` are called `gateway-2` and so on."""
        return f"ws://localhost:{self.ports[_ws_port(gateway)]}"

    @property
    def wss(self) -> str:
        return f"wss://localhost:{self.ports['wss']}"

    @property
    def backend(self) -> str:
        return f"ws://localhost:{self.ports['echo']}"

    def start_all(self) -> None:
        """Everything at once, as an orchestrator would; returns when all is ready."""
        self.start_echo()
        for service in SERVICES:
            self.start(service)
        for service in SERVICES:
            self.wait_ready(service)

    def start_echo(self) -> None:
        self._run("echo", [sys.executable, "-m", "sluice.echo", "--port", str(self.ports["echo"])], {})

    def start(self, service: str, **settings: str) -> None:
        """`settings` are variables over the usual ones."""
        module = service.partition("-")[0]
        environment = {**self._environment(service), **settings}
        self._run(service, [sys.executable, "-m", module, "migrate-and-serve"], environment)

    def wait_ready(self, service: str) -> None:
        def is_ready() -> None:
            process = self.processes[service]
            assert process.poll() is None, (
                f"{service} ended with {process.returncode}; its last lines:\n{self._last_lines(service)}"
            )
            answer = httpx.get(f"{self.url(service)}/readyz", timeout=5)
            assert answer.status_code == 200, answer.text

        eventually_sync(is_ready, within=_READY_WITHIN, message=f"{service} is ready", retry_on=(httpx.HTTPError,))

    def stop(self, service: str) -> None:
        """As an orchestrator does: SIGTERM; it must end by itself."""
        process = self.processes.pop(service)
        process.send_signal(signal.SIGTERM)
        try:
            code: int | None = process.wait(scaled(_STOPPED_WITHIN).total_seconds())
        except subprocess.TimeoutExpired:
            process.kill()
            code = None
        assert code == 0, (
            f"{service} ended with {code} (None: not in time); its last lines:\n{self._last_lines(service)}"
        )

    def kill(self, service: str) -> None:
        process = self.processes.pop(service)
        process.kill()
        process.wait()

    def restart(self, service: str) -> None:
        self.stop(service)
        self.start(service)
        self.wait_ready(service)

    def ensure_all(self) -> None:
        """Mends what a test has broken."""
        for service in SERVICES:
            if service not in self.processes:
                self.start(service)
        for service in SERVICES:
            self.wait_ready(service)

    def close(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOPPED_WITHIN.total_seconds()
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    def _last_lines(self, service: str) -> str:
        """For a failure's message: the folder is gone when somebody reads it."""
        return "\n".join(self.log(service).read_text(errors="replace").splitlines()[-40:])

    def _run(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        with self.log(name).open("ab") as log:
            base = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
            self.processes[name] = subprocess.Popen(command, env={**base, **environment}, stdout=log, stderr=log)

    def _environment(self, service: str) -> dict[str, str]:
        common = {"EVENTBUS_URL": self.stores.bus, "EVENTBUS_TOPIC_PREFIX": self.stores.topic_prefix}
        # What Kubernetes would inject for a Service of the same name must not disturb.
        name = service.partition("-")[0].upper()
        common |= {f"{name}_PORT": "tcp://10.0.0.1:80", f"{name}_SERVICE_HOST": "10.0.0.1"}
        return common | (self._gateway(service) if name == "GATEWAY" else self._rest(service))

    def _rest(self, service: str) -> dict[str, str]:
        name = service.upper()
        environment = {
            f"{name}_DATABASE_URL": self.stores.databases[service],
            f"{name}_HTTP_HOSTS": "127.0.0.1,::1",
            f"{name}_HTTP_PORT": str(self.ports[service]),
            f"{name}_PUBLIC_URL": self.url(service),
        }
        own = {
            "keymanager": {
                "SLUICE_ADMIN_PASSWORD": self.admin_password,
                "KEYMANAGER_ENCRYPTION_KEY_FILE": str(self._encryption_key),
                "PUBLISHER_CLIENT_SECRET": self._client_secrets["PUBLISHER"],
                "DEVPORTAL_CLIENT_SECRET": self._client_secrets["DEVPORTAL"],
            },
            "publisher": {
                "PUBLISHER_KEYMANAGER_URL": self.url("keymanager"),
                "PUBLISHER_CLIENT_SECRET": self._client_secrets["PUBLISHER"],
                **self._backends(),
                "PUBLISHER_DEFAULT_WS_PORT": str(self.ports["ws"]),
                "PUBLISHER_DEFAULT_WSS_PORT": str(self.ports["wss"]),
            },
            "devportal": {
                "DEVPORTAL_KEYMANAGER_URL": self.url("keymanager"),
                "DEVPORTAL_CLIENT_SECRET": self._client_secrets["DEVPORTAL"],
            },
        }
        return environment | own[service]

    def _backends(self) -> dict[str, str]:
        """What publisher and gateways must have alike."""
        return {
            "SLUICE_BACKEND_ALLOW": "localhost,127.0.0.0/8,::1/128",
            "SLUICE_SEALING_KEY_FILE": str(self.sealing_key),
        }

    def _gateway(self, name: str) -> dict[str, str]:
        if name not in self.ports:
            self.ports |= dict(zip((name, _ws_port(name)), free_ports(2), strict=True))
        # One gateway with wss is enough.
        wss = str(self.ports["wss"]) if name == "gateway" else "0"
        return {
            "GATEWAY_HOSTS": "127.0.0.1,::1",
            **self._backends(),
            "GATEWAY_ADMIN_PORT": str(self.ports[name]),
            "GATEWAY_WS_PORT": str(self.ports[_ws_port(name)]),
            "GATEWAY_WSS_PORT": wss,
            "GATEWAY_WSS_CERTIFICATE_FILE": str(self.tls.certificate),
            "GATEWAY_WSS_KEY_FILE": str(self.tls.key),
        }


def _ws_port(gateway: str) -> str:
    """What the port is called in `Platform.ports`."""
    return "ws" if gateway == "gateway" else f"ws of {gateway}"
