"""One server as a child of the tests: started, waited for, stopped, killed, paused.

Plain blocking calls, safe in any thread: from a coroutine use `await asyncio.to_thread(server.start, …)`. A server
dies with the process that started it (see `supervisor.py`), and is in a group of its own, so that Ctrl-C reaches the
tests first.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from backing.accounts import Account
from backing.eventually import scaled
from backing.unavailable import StartFailed

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_LINES_OF_LOG = 15
_KILLED = timedelta(seconds=10)
_PAUSED = timedelta(seconds=10)


class Daemon:
    """A started server. `death_signal` is what it gets when the tests are gone without having stopped it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        part: str,
        log: Path,
        folder: Path,
        environment: Mapping[str, str],
        death_signal: signal.Signals,
        account: Account | None = None,
    ) -> None:
        self._part = part
        self._log = log
        self._log_began = log.stat().st_size if log.exists() else 0
        order = {
            "command": list(command),
            "log": str(log),
            "folder": str(folder),
            "environment": dict(environment),
            "death_signal": int(death_signal),
            "uid": account.uid if account else None,
            "gid": account.gid if account else None,
        }
        self._supervisor = subprocess.Popen(
            [sys.executable, "-I", str(_SUPERVISOR), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._supervisor.stdout is not None
        first_line = self._supervisor.stdout.readline()
        if not first_line:
            self._forget()
            raise StartFailed(part, f"could not be executed: {command[0]}")
        self.pid = int(first_line)

    @property
    def is_running(self) -> bool:
        return self._supervisor.poll() is None

    def wait_for_log(self, words: str, *, within: timedelta) -> None:
        """Returns when the server has written these words since its start; else kills it and raises StartFailed."""
        deadline = time.monotonic() + scaled(within).total_seconds()
        try:
            while words not in self._written():
                if not self.is_running:
                    raise StartFailed(self._part, f"ended while starting:\n{self._last_words()}")
                if time.monotonic() > deadline:
                    raise StartFailed(self._part, f"not up within {scaled(within)}:\n{self._last_words()}")
                time.sleep(0.05)
        except BaseException:
            self.kill()
            raise

    def stop(self, by: signal.Signals, *, within: timedelta) -> None:
        """Asks it to end with the signal, kills it when it has not by the deadline. No error when it is dead."""
        if self.is_running:
            self._send(by, [self.pid])
            self.resume()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._supervisor.wait(scaled(within).total_seconds())
        self.kill()

    def kill(self) -> None:
        """SIGKILL to it and all its children; returns when none of them is left.

        Raises TimeoutError when one of them stays, which only the kernel can explain.
        """
        if self.is_running:
            family = self._family()
            self._send(signal.SIGKILL, family)
            self._supervisor.wait(_KILLED.total_seconds())
            # Its children too, or the next start finds their ports and shared memory still in use.
            self._wait_until(
                lambda: all(_is_gone(pid) for pid in family), within=_KILLED, what="was killed and is left"
            )
        self._forget()

    def pause(self) -> None:
        """SIGSTOP to it and all its children; returns when every thread stands still, so nothing is answered any more.

        Raises TimeoutError when one of them does not stop.
        """
        self._wait_until(self._is_paused, within=_PAUSED, what="was told to stand still and does not")

    def resume(self) -> None:
        if self.is_running:
            self._send(signal.SIGCONT, self._family())

    def _send(self, number: signal.Signals, pids: Sequence[int]) -> None:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _is_paused(self) -> bool:
        # Sending the signal is not enough: a busy machine lets threads run on for a moment, and one of them may have
        # started a child that we have not seen yet.
        family = self._family()
        self._send(signal.SIGSTOP, family)
        return not self.is_running or (all(_stands_still(pid) for pid in family) and set(self._family()) == set(family))

    def _wait_until(self, holds: Callable[[], bool], *, within: timedelta, what: str) -> None:
        deadline = time.monotonic() + scaled(within).total_seconds()
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._part} {what}")
            time.sleep(0.002)

    def _family(self) -> list[int]:
        """Its process id and its descendants'. The parent comes first, so it cannot start more of them meanwhile."""
        children = _children_by_parent()
        family = [self.pid]
        for pid in family:
            family.extend(children.get(pid, ()))
        return family

    def _written(self) -> str:
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._log_began)
            return log.read().decode(errors="replace")

    def _last_words(self) -> str:
        return "\n".join(self._written().splitlines()[-_LINES_OF_LOG:])

    def _forget(self) -> None:
        for pipe in (self._supervisor.stdin, self._supervisor.stdout):
            if pipe is not None:
                pipe.close()
        self._supervisor.wait(_KILLED.total_seconds())


def _children_by_parent() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for stat_file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # It ended while we looked.
            # The name in parentheses may hold anything, so fields are counted from the last parenthesis (proc(5)).
            fields = stat_file.read_text(errors="replace").rpartition(")")[2].split()
            found.setdefault(int(fields[1]), []).append(int(stat_file.parent.name))
    return found


def _stands_still(pid: int) -> bool:
    """Whether no thread of it runs or can: stopped, a zombie, or gone."""
    return _states(f"/proc/{pid}/task") <= {"T", "t", "Z", "X"}


def _is_gone(pid: int) -> bool:
    return _states(f"/proc/{pid}/task") <= {"Z", "X"}


def _states(tasks: str) -> set[str]:
    """The states of these threads, as letters of proc(5); none when there are no such threads any more."""
    found = set()
    for stat_file in Path(tasks).glob("*/stat"):
        with contextlib.suppress(OSError):
            found.add(stat_file.read_text(errors="replace").rpartition(")")[2].split()[0])
    return found
