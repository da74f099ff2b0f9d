"""One launcher at a time on a data folder; whoever looks finds where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sluice.errors import CannotStart
from sluice.up.run_folder import RunFolder, RunState


def _state(*, pid: int) -> RunState:
    return RunState(pid, True, {"publisher": "http://localhost:8081"}, {"publisher": 1}, "/ca.pem", "/data")


def test_a_second_launcher_is_refused(tmp_path: Path) -> None:
    with RunFolder(tmp_path).locked(), pytest.raises(CannotStart, match="already runs"), RunFolder(tmp_path).locked():
        pass


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    with RunFolder(tmp_path).locked():
        pass

    with RunFolder(tmp_path).locked():
        pass


def test_a_refused_launcher_leaves_the_state_of_the_running_one(tmp_path: Path) -> None:
    running = RunFolder(tmp_path)
    with running.locked():
        running.write(_state(pid=os.getpid()))

        with pytest.raises(CannotStart), RunFolder(tmp_path).locked():
            pass

        assert running.read() == _state(pid=os.getpid())


def test_state_is_gone_with_its_launcher(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.locked():
        folder.write(_state(pid=os.getpid()))

    assert folder.read() is None


def test_state_of_a_dead_launcher_counts_as_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.locked():
        folder.write(_state(pid=2**22 + 1))

        assert folder.read() is None
