"""What the tests of the command line share."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.settings import Ports, Settings
from sluice.up.environment import LocalPlatform
from sluice.up.secrets import local_secrets
from sluice.up.tls_files import TlsFiles


@pytest.fixture
def platform(tmp_path: Path) -> LocalPlatform:
    settings = Settings(data_folder=tmp_path, ports=Ports())
    secrets = local_secrets(tmp_path, admin_password="opensesame")
    return LocalPlatform(settings, secrets, TlsFiles.in_folder(tmp_path / "tls"))


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A port that nobody has now; a fresh one at each call."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    return find
