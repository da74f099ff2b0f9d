"""Runs one server, and ends it when whoever asked for it is gone. A program of its own, standard library only.

The asker holds the other end of standard input: when that closes, for whatever reason, the server gets the death
signal and, should it hesitate, SIGKILL. When this program itself dies, the kernel sends the server the death signal
(Linux). A supervisor is used because the kernel's promise is bound to the thread that started the server: here that
is always the main one, in a test it may be any.

Usage: supervisor.py JSON, with `command`, `log`, `folder`, `environment`, `death_signal`, `uid`, `gid`. Prints the
server's process id, then ends as the server does.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_SECONDS_TO_OBEY = 5.0


def main() -> int:
    order = json.loads(sys.argv[1])
    server = _start(order)
    print(server.pid, flush=True)
    threading.Thread(target=_end_with_asker, args=(server, order["death_signal"]), daemon=True).start()
    return server.wait() % 256


def _start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    supervisor = os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    death_signal = order["death_signal"]

    def die_with_supervisor() -> None:
        # Runs after the change of user, which would have cleared the kernel's promise.
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != supervisor:
            os._exit(1)  # The supervisor died before the promise was made.

    # Opened here, as the asker: the server's own user may not be able to.
    with Path(order["log"]).open("ab") as log:
        return subprocess.Popen(
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=order["folder"],
            env=order["environment"],
            user=order["uid"],
            group=order["gid"],
            extra_groups=None if order["uid"] is None else [],
            preexec_fn=die_with_supervisor,  # noqa: PLW1509 - there is no other thread yet
        )


def _end_with_asker(server: subprocess.Popen[bytes], death_signal: int) -> None:
    # Not sys.stdin: a thread that waits in its buffer makes the interpreter abort when it ends.
    while os.read(0, 1):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.pid, death_signal)
        os.kill(server.pid, signal.SIGCONT)
        time.sleep(_SECONDS_TO_OBEY)
        os.kill(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
