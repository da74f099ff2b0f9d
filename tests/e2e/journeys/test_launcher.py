"""`make run` and `make demo` with the real services, on free ports."""

from __future__ import annotations

import os
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.launched import Launched, other_ports


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def ports() -> dict[str, str]:
    return other_ports()


@pytest.fixture
def launched(data_folder: Path, ports: dict[str, str]) -> Iterator[Launched]:
    launched = Launched(data_folder, ports=ports)
    try:
        launched.wait_ready()
        yield launched
    finally:
        launched.stop()


def test_each_service_is_a_process_of_its_own_and_sigterm_leaves_none(launched: Launched) -> None:
    commands = " | ".join(launched.children().values())
    for name in ("keymanager", "publisher", "devportal", "gateway", "sluice.echo"):
        assert f"-m {name}" in commands

    code = launched.stop()

    assert (code, launched.children()) == (0, {})


def test_a_child_that_dies_brings_the_rest_down_and_says_why(launched: Launched) -> None:
    victim = next(pid for pid, command in launched.children().items() if "-m devportal" in command)

    os.kill(victim, signal.SIGKILL)

    assert launched.wait_ended() != 0
    assert "devportal was ended by SIGKILL" in launched.output
    assert launched.children() == {}


def test_the_demo_may_be_run_twice_and_the_data_survives_a_restart(
    launched: Launched, data_folder: Path, ports: dict[str, str]
) -> None:
    first, second = launched.run("sluice.demo"), launched.run("sluice.demo")
    launched.stop()
    again = Launched(data_folder, ports=ports)
    try:
        again.wait_ready()
        third = again.run("sluice.demo")
    finally:
        again.stop()

    for outcome in (first, second, third):
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        assert re.search(r"wscat -c ws://localhost:\d+/echowebsocket/1\.0\.0 -H", outcome.stdout)
        assert re.search(r"wscat -c wss://localhost:\d+/echowebsocket/1\.0\.0 --ca ", outcome.stdout)
    assert stat.S_IMODE((data_folder / "demo.json").stat().st_mode) == 0o600
    password = (data_folder / "admin-password").read_text().strip()
    assert password not in again.output


def test_secrets_of_the_run_are_private_and_in_no_log(launched: Launched, data_folder: Path) -> None:
    for name in ("admin-password", "keymanager-encryption-key", "tls/gateway-key.pem", "tls/ca-key.pem"):
        assert stat.S_IMODE((data_folder / name).stat().st_mode) == 0o600, name

    demo = launched.run("sluice.demo")

    token = re.search(r"Bearer ([\w.-]+)", demo.stdout)
    assert token is not None
    assert token[1] not in launched.output
    assert token[1] not in "".join(log.read_text() for log in data_folder.rglob("*.log"))


def test_a_taken_port_is_one_plain_sentence_before_anything_starts(launched: Launched, tmp_path: Path) -> None:
    other = Launched(tmp_path / "other" / "data", ports=launched.ports)

    assert other.wait_ended() != 0
    assert other.output.startswith("sluice: Port ")
    assert "is taken" in other.output
    assert len(other.output.splitlines()) == 1
