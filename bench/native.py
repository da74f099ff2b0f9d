"""Compiles the load generator and the echo backend (`bench/c`) with the machine's C compiler, once for each change.

Where there is none, the one in the package `ziglang` is taken.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from bench.installing import TOOLS, install_wheel

_SOURCES = Path(__file__).parent / "c"


class CannotCompile(Exception):
    """There is no C compiler, and none could be had."""


def compiled(program: str) -> Path:
    """The binary of `c/{program}.c`. Raises `CannotCompile`."""
    binary = TOOLS / program
    newest = max(path.stat().st_mtime for path in (_SOURCES / f"{program}.c", _SOURCES / "frames.h"))
    if not binary.exists() or binary.stat().st_mtime < newest:
        TOOLS.mkdir(parents=True, exist_ok=True)
        command = [
            *_compiler(),
            "-O2",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-o",
            str(binary),
            str(_SOURCES / f"{program}.c"),
        ]
        subprocess.run(command, check=True)
    return binary


def _compiler() -> list[str]:
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if found is not None:
        return [found]
    folder = install_wheel("ziglang")
    if folder is None:
        raise CannotCompile("There is no C compiler on this machine, and the package ziglang could not be had.")
    return [sys.executable, str(folder / "ziglang" / "__main__.py"), "cc"]
