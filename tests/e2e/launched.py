"""What `make run` starts, as a process of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from backing.eventually import eventually_sync, free_ports, scaled

PORT_VARIABLES = (
    "PUBLISHER_HTTP_PORT",
    "DEVPORTAL_HTTP_PORT",
    "KEYMANAGER_HTTP_PORT",
    "GATEWAY_ADMIN_PORT",
    "GATEWAY_WS_PORT",
    "GATEWAY_WSS_PORT",
    "SLUICE_ECHO_PORT",
)


def other_ports() -> dict[str, str]:
    """Free ports instead of those that people type."""
    return {name: str(port) for name, port in zip(PORT_VARIABLES, free_ports(len(PORT_VARIABLES)), strict=True)}


class Launched:
    """The launcher with its children. `ports` are variables, empty for the usual ones."""

    def __init__(self, data_folder: Path, *, ports: Mapping[str, str]) -> None:
        self.ports = ports
        data_folder.parent.mkdir(parents=True, exist_ok=True)
        self.output_file = data_folder.parent / "launcher.log"
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            **ports,
            "SLUICE_DATA_DIR": str(data_folder),
        }
        with self.output_file.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sluice.up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.output_file.read_text()

    def wait_ready(self) -> None:
        def is_ready() -> None:
            assert self.process.poll() is None, self.output
            assert "\nSluice is ready" in self.output

        eventually_sync(is_ready, within=timedelta(seconds=40), message="the launcher says that Sluice is ready")

    def children(self) -> dict[int, str]:
        """Process ids and command lines of what runs in the launcher's session, itself left out."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and self._is_in_session(folder):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                if command and int(folder.name) != self.process.pid:
                    found[int(folder.name)] = command
        return found

    def run(self, module: str) -> subprocess.CompletedProcess[str]:
        """Another of our commands with the same settings."""
        command = [sys.executable, "-m", module]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def wait_ended(self) -> int:
        return self.process.wait(scaled(timedelta(seconds=10)).total_seconds())

    def stop(self) -> int:
        """SIGTERM; it must end by itself within 10 s."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait_ended()

    def _is_in_session(self, folder: Path) -> bool:
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return fields[3] == str(self.process.pid) and fields[0] != "Z"
