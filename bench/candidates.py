"""What is measured: a proxy in front of the echo backend, as a process with one core to itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from backing.eventually import eventually_sync
from bench.machine import cores

_STOP_SECONDS = 15
_START = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Running:
    """A proxy that answers. `url_path` is where the echo is behind it."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    url_path: str = "/"

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not mind it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Candidate(Protocol):
    """One of those that are compared."""

    @property
    def name(self) -> str:
        """As in the table."""

    def start(self, folder: Path, *, port: int, echo_port: int) -> Running:
        """Start it on 127.0.0.1:`port`; `folder` is empty and its own."""


def launch(
    command: Sequence[str],
    *,
    folder: Path,
    core: int,
    environment: Mapping[str, str] | None = None,
    pipes: bool = False,
) -> subprocess.Popen[bytes]:
    """A process on one core. What it says is in `output.log` of its folder; with `pipes`, only its errors are."""

    def pin() -> None:
        os.sched_setaffinity(0, {core})

    with (folder / "output.log").open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE if pipes else subprocess.DEVNULL,
            stdout=subprocess.PIPE if pipes else output,
            stderr=output,
            # Nothing of ours has threads at this point, so that the fork is safe.
            preexec_fn=pin,  # noqa: PLW1509
        )


def launch_proxy(
    name: str, command: Sequence[str], *, folder: Path, port: int, environment: Mapping[str, str] | None = None
) -> Running:
    """A proxy on its core, as soon as its port is open."""
    process = launch(command, folder=folder, core=cores().proxy, environment=environment)
    wait_until_open(port, process=process, folder=folder)
    return Running(name, port, process)


def wait_until_open(port: int, *, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the process accepts connections; raises like `wait_until`."""
    wait_until(lambda: _accepts(port), process=process, folder=folder)


def wait_until(is_ready: Callable[[], bool], *, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Raises AssertionError with the output of a process that ended, or was not ready in time."""

    def check() -> None:
        output = (folder / "output.log").read_text(errors="replace")
        assert process.poll() is None, output
        assert is_ready(), output[-2000:]

    try:
        eventually_sync(check, within=_START, message=f"{process.args!r} is ready", retry_on=(OSError,))
    except AssertionError:
        process.kill()
        process.wait()
        raise


def _accepts(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
