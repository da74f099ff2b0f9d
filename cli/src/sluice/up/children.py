"""The child processes: started in the launcher's own session, watched, and stopped together within ten seconds.

The group owns one task for each child, which reads its output and then waits for its end. On Linux the kernel ends the
children also when the launcher is killed; elsewhere they would stay behind then.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from sluice.errors import ChildDied
from sluice.up.console import Console

# Services close their sessions and listeners within 5 s; the sum stays under the promised 10 s.
STOP_SECONDS = 7.0
_KILL_SECONDS = 2.0
_LAST_OUTPUT_SECONDS = 0.5
_CHUNK_BYTES = 64 * 1024
_LONGEST_LINE_BYTES = 1024 * 1024
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """What to run. `arguments` follow the Python interpreter."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)


@dataclass(slots=True)
class _Child:
    name: str
    process: asyncio.subprocess.Process
    output: asyncio.Task[None]
    end: asyncio.Task[int]


class Children:
    """An asynchronous context: whatever ends it, no child is left."""

    def __init__(self, console: Console, *, stop_seconds: float = STOP_SECONDS) -> None:
        self._console = console
        self._stop_seconds = stop_seconds
        self._children: list[_Child] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stop()

    async def start(self, command: ChildCommand) -> None:
        """Returns as soon as the process exists."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(command.environment),
            preexec_fn=_before_exec(os.getpid()),
        )
        output = asyncio.create_task(self._print_output(command.name, process), name=f"output of {command.name}")
        end = asyncio.create_task(process.wait(), name=f"end of {command.name}")
        self._children.append(_Child(command.name, process, output, end))

    @property
    def pids(self) -> dict[str, int]:
        """By name."""
        return {child.name: child.process.pid for child in self._children}

    async def first_death(self) -> ChildDied:
        """Waits until a child ends by itself, and says which and how."""
        await asyncio.wait([child.end for child in self._children], return_when=asyncio.FIRST_COMPLETED)
        dead = next(child for child in self._children if child.end.done())
        # Its last words are on their way still, and they tell more than the exit code.
        await asyncio.wait([dead.output], timeout=_LAST_OUTPUT_SECONDS)
        return ChildDied(f"{dead.name} {_how_it_ended(dead.end.result())}; its last lines are above.")

    async def _stop(self) -> None:
        if not self._children:
            return
        self._signal_all(signal.SIGTERM)
        await asyncio.wait([child.end for child in self._children], timeout=self._stop_seconds)
        for child in self._children:
            if not child.end.done():
                self._console.say(f"{child.name} did not stop within {self._stop_seconds:g} s and is killed.")
        self._signal_all(signal.SIGKILL)
        await asyncio.wait([child.end for child in self._children], timeout=_KILL_SECONDS)
        outputs = [child.output for child in self._children]
        # Somebody that a child had started may hold its pipe open for ever.
        await asyncio.wait(outputs, timeout=_LAST_OUTPUT_SECONDS)
        for output in outputs:
            output.cancel()
        await asyncio.gather(*outputs, return_exceptions=True)

    def _signal_all(self, number: signal.Signals) -> None:
        for child in self._children:
            if not child.end.done():
                with suppress(ProcessLookupError):
                    child.process.send_signal(number)

    async def _print_output(self, name: str, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None, "the process was started with a pipe"
        rest = b""
        while chunk := await process.stdout.read(_CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._console.child_line(name, line.decode(errors="replace").rstrip("\r"))
            if len(rest) > _LONGEST_LINE_BYTES:
                self._console.child_line(name, rest.decode(errors="replace"))
                rest = b""
        if rest:
            self._console.child_line(name, rest.decode(errors="replace"))


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended by itself with exit code {code}"


def _before_exec(launcher: int) -> Callable[[], None]:
    """What a child runs before it becomes its program: Ctrl-C is the launcher's to hear, and on Linux the kernel kills
    the child at its parent's death.
    """
    # Loaded here, because between fork and exec a child should do as little as possible.
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def prepare() -> None:
        # Else a Ctrl-C during the imports of a child would print a stack trace; servers set their own handler later.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if libc is None:
            return
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The launcher may have died before the kernel was asked.
        if os.getppid() != launcher:
            os._exit(1)

    return prepare
