"""`run/` in the data folder: the lock that keeps a second launcher out, and `state.json` for whoever looks for this
one.

The kernel drops the lock when the launcher ends in whatever way, so a left-over file means nothing.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from sluice.errors import CannotStart
from sluice.up.secrets import write_private


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a running platform is."""

    pid: int
    is_ready: bool
    urls: Mapping[str, str]
    pids: Mapping[str, int]
    ca_file: str
    data_folder: str


class RunFolder:
    """Belongs to one launcher at a time."""

    def __init__(self, data_folder: Path) -> None:
        self._folder = data_folder / "run"
        self._state_file = self._folder / "state.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raises `CannotStart` when another launcher runs on this data folder. Takes the state away at the end."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._lock(descriptor)
            try:
                yield
            finally:
                self._state_file.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"Sluice already runs on the data folder {self._folder.parent}: stop it, or set SLUICE_DATA_DIR."
            ) from error

    def write(self, state: RunState) -> None:
        """Readers see the old state or the new one."""
        write_private(self._state_file, json.dumps(asdict(state), indent=2) + "\n")

    def read(self) -> RunState | None:
        """None when nothing runs here."""
        try:
            state = RunState(**json.loads(self._state_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return state if _is_alive(state.pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
