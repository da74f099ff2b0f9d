"""A server never outlives the process that started it, however that one ends, and whichever thread asked."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from backing.daemon import Daemon
from backing.eventually import eventually_sync
from backing.unavailable import StartFailed

_WITHIN = timedelta(seconds=15)
_SERVER = "import sys, time; print('ready', flush=True); time.sleep(600)"
_BUSY_FAMILY = """
import os
for _ in range(16):
    child = os.fork()
    while not child:
        pass
    print(child, flush=True)
print("ready", flush=True)
os.wait()
"""


def test_server_dies_with_a_killed_starter(tmp_path: Path) -> None:
    starter_program = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; import backing.test_daemon as here\n"
        "print(here.start_server(Path(sys.argv[2])).pid, flush=True); time.sleep(600)\n"
    )
    root = str(Path(__file__).parent.parent)
    with subprocess.Popen(
        [sys.executable, "-c", starter_program, root, str(tmp_path)], stdout=subprocess.PIPE
    ) as starter:
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        assert _is_alive(server)

        starter.send_signal(signal.SIGKILL)

    eventually_sync(lambda: not _is_alive(server), within=_WITHIN, message="the server is gone")


def test_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    started: list[Daemon] = []
    thread = threading.Thread(target=lambda: started.append(start_server(tmp_path)))

    thread.start()
    thread.join()

    (server,) = started
    server.wait_for_log("ready", within=_WITHIN)
    assert server.is_running
    server.kill()
    assert not server.is_running


def test_pause_returns_when_every_process_stands_still(tmp_path: Path) -> None:
    # More busy processes than processors: the ones that wait for their turn take the signal only when it comes.
    server = start_server(tmp_path, program=_BUSY_FAMILY)
    server.wait_for_log("ready", within=_WITHIN)
    family = [int(word) for word in (tmp_path / "log").read_text().split() if word.isdigit()]

    server.pause()

    states = [_state(pid) for pid in family]
    server.kill()
    assert states == ["T"] * 16
    assert not any(_is_alive(pid) for pid in family)


def test_paused_server_can_be_stopped(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    server.wait_for_log("ready", within=_WITHIN)

    server.pause()
    server.stop(signal.SIGTERM, within=_WITHIN)

    assert not server.is_running


def test_failed_start_shows_the_end_of_the_log(tmp_path: Path) -> None:
    server = start_server(tmp_path, program="raise SystemExit('the port is taken')")

    with pytest.raises(StartFailed, match="the port is taken"):
        server.wait_for_log("ready", within=_WITHIN)


def start_server(folder: Path, *, program: str = _SERVER) -> Daemon:
    return Daemon(
        [sys.executable, "-c", program],
        part="sleeper",
        log=folder / "log",
        folder=folder,
        environment=dict(os.environ),
        death_signal=signal.SIGKILL,
    )


def _is_alive(pid: int) -> bool:
    return _state(pid) not in {"gone", "Z"}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
