"""The story of `sluice up`, with small programs in place of the services."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from backing.eventually import eventually
from sluice.errors import CannotStart, ChildDied, NotReadyInTime
from sluice.settings import Ports, Settings
from sluice.up.children import ChildCommand
from sluice.up.console import Console
from sluice.up.environment import LocalPlatform
from sluice.up.launcher import Plan, launch
from sluice.up.readiness import Probe

_SERVES = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2])); self.end_headers()
    def log_message(self, *_): pass
print("serving", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
_DIES_SOON = "print('cannot go on', flush=True); raise SystemExit(4)"
_SOON = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class _Scene:
    settings: Settings
    plan: Plan
    output: io.StringIO

    def start(self) -> asyncio.Task[None]:
        def plan(platform: LocalPlatform, environ: Mapping[str, str]) -> Plan:
            return self.plan

        console = Console(self.output)
        return asyncio.create_task(launch(self.settings, environ={}, console=console, plan=plan))

    async def ready(self) -> None:
        await eventually(lambda: "Sluice is ready" in self.output.getvalue(), within=_SOON, message="never ready")

    def state(self) -> dict[str, object]:
        state: dict[str, object] = json.loads((self.settings.data_folder / "run" / "state.json").read_text())
        return state


@pytest.fixture
def scene(tmp_path: Path, free_port: Callable[[], int]) -> Callable[..., _Scene]:
    def build(*, answer: int = 200, others: tuple[ChildCommand, ...] = (), timeout: float = 20.0) -> _Scene:
        health = free_port()
        server = ChildCommand("server", ("-c", _SERVES, str(health), str(answer)), {})
        ports = Ports(*(free_port() for _ in range(7)))
        settings = Settings(tmp_path / "data", ports, start_timeout_seconds=timeout)
        return _Scene(settings, Plan((server, *others), (Probe("server", health),)), io.StringIO())

    return build


async def test_the_last_line_says_ready_and_a_signal_ends_it_well(scene: Callable[..., _Scene]) -> None:
    stage = scene()

    running = stage.start()
    await stage.ready()
    said = stage.output.getvalue().splitlines()
    pids = stage.state()["pids"]
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 10)

    assert said[-1].startswith("Sluice is ready")
    assert isinstance(pids, dict)
    assert not Path(f"/proc/{pids['server']}").exists()
    assert not (stage.settings.data_folder / "run" / "state.json").exists()


async def test_the_generated_password_is_shown_at_the_first_start_only(scene: Callable[..., _Scene]) -> None:
    transcripts: list[str] = []
    for _ in range(2):
        stage = scene()
        running = stage.start()
        await stage.ready()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(running, 10)
        transcripts.append(stage.output.getvalue())

    password = (stage.settings.data_folder / "admin-password").read_text().strip()
    assert password in transcripts[0]
    assert password not in transcripts[1]


async def test_a_child_that_dies_brings_the_rest_down_with_its_name(scene: Callable[..., _Scene]) -> None:
    stage = scene(others=(ChildCommand("keymanager", ("-c", _DIES_SOON), {}),))

    with pytest.raises(ChildDied, match="keymanager ended by itself with exit code 4"):
        await asyncio.wait_for(stage.start(), 20)

    assert "keymanager | cannot go on" in stage.output.getvalue()


async def test_a_child_that_dies_when_all_is_ready_ends_it_too(scene: Callable[..., _Scene]) -> None:
    stage = scene()

    running = stage.start()
    await stage.ready()
    pids = stage.state()["pids"]
    assert isinstance(pids, dict)
    os.kill(pids["server"], signal.SIGKILL)

    with pytest.raises(ChildDied, match="server was ended by SIGKILL"):
        await asyncio.wait_for(running, 10)


async def test_who_never_gets_ready_is_named_after_the_deadline(scene: Callable[..., _Scene]) -> None:
    stage = scene(answer=503, timeout=1.0)

    with pytest.raises(NotReadyInTime, match=r"server \(/readyz answers 503\)"):
        await asyncio.wait_for(stage.start(), 20)


async def test_a_taken_port_is_refused_before_anything_starts(scene: Callable[..., _Scene]) -> None:
    stage = scene()

    with socket.create_server(("127.0.0.1", stage.settings.ports.gateway_ws)), pytest.raises(CannotStart):
        await stage.start()

    assert stage.output.getvalue() == ""


def test_the_program_says_what_is_wrong_in_one_line_and_exits_with_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sluice.up"],
        env={"SLUICE_DATA_DIR": str(tmp_path), "GATEWAY_WS_PORT": "many"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == "sluice: GATEWAY_WS_PORT: 'many' is no port; give a number from 0 to 65535.\n"
