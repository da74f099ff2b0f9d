"""Drives `c/load.c`: its connections stand before anything is measured, and until everything was."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bench.candidates import Running, launch
from bench.machine import cores
from bench.native import compiled


class LoadFailed(Exception):
    """A byte was wrong, a connection broke, or nothing came for ten seconds: there is no result."""


class Load:
    """A load generator whose connections stand. `arguments` are those behind the tokens, see `c/load.c`."""

    def __init__(self, running: Running, *, arguments: list[str], tokens: Path | None, folder: Path) -> None:
        command = [str(compiled("load")), str(running.port), running.url_path, str(tokens or "-"), *arguments]
        self._name = running.name
        self._output = folder / "output.log"
        self._process = launch(command, folder=folder, core=cores().load, pipes=True)
        self._expect("ready")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def work(self) -> dict[str, float]:
        """What it says when it is done. Raises `LoadFailed`. The connections stay open."""
        self._pipe(self._process.stdin).write(b"go\n")
        self._pipe(self._process.stdin).flush()
        result: dict[str, float] = json.loads(self._read())
        return result

    def _expect(self, word: str) -> None:
        line = self._read()
        if line.strip() != word:
            raise LoadFailed(f"expected {word!r} from the load generator, got {line!r}")

    def _read(self) -> str:
        line = self._pipe(self._process.stdout).readline().decode()
        if not line:
            self._process.wait()
            raise LoadFailed(f"{self._name}: {self._output.read_text(errors='replace').strip()[-2000:]}")
        return line

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None  # It was asked for.
        return pipe
