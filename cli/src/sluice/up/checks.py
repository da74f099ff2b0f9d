"""What must hold before anything is started. Each refusal is one plain sentence that says what to do."""

from __future__ import annotations

import errno
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sluice.errors import CannotStart
from sluice.settings import NamedPort

OLDEST_PYTHON = (3, 11)
HOSTS = ("127.0.0.1", "::1")


def check_python(version: tuple[int, int]) -> None:
    """Raises `CannotStart` when this Python is too old."""
    if version < OLDEST_PYTHON:
        raise CannotStart(f"Sluice needs Python 3.11 or newer, and this is Python {version[0]}.{version[1]}.")


def check_data_folder(folder: Path) -> None:
    """Makes the folder, readable by its owner only. Raises `CannotStart` when one cannot write there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotStart(
            f"The data folder {folder} cannot be written ({reason}): set SLUICE_DATA_DIR to a folder that can."
        ) from error


def check_ports(ports: Sequence[NamedPort], *, hosts: Sequence[str] = HOSTS) -> None:
    """Raises `CannotStart` for the first port that two want, that is taken, or that this user may not have."""
    owners: dict[int, NamedPort] = {}
    for port in ports:
        other = owners.setdefault(port.number, port)
        if other is not port:
            raise CannotStart(
                f"Port {port.number} is asked for twice, by {other.variable} and {port.variable}: change one of them."
            )
    for port in ports:
        for host in hosts:
            _check_port(port, host=host)


def _check_port(port: NamedPort, *, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind((host, port.number))
    except OSError as error:
        _refuse_port(port, error)


def _refuse_port(port: NamedPort, error: OSError) -> None:
    if error.errno == errno.EADDRINUSE:
        raise CannotStart(
            f"Port {port.number} for {port.of} is taken: stop what listens there, or set {port.variable}."
        ) from error
    if error.errno == errno.EACCES:
        raise CannotStart(
            f"Port {port.number} for {port.of} is not allowed for this user: set {port.variable} to one above 1023."
        ) from error
    # Anything else means that the machine has no such address, usually no IPv6: then nobody listens on it.
