"""Installs a pinned, hashed set of wheels into the cache, apart from the virtual environment the tests run in.

Whichever installer the machine has is used: uv, else pip, else the pip that comes with Python. Never builds anything
from source, and adds nothing to the running environment; callers take programs out of the folder or put it on the
PYTHONPATH of a program they run.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from backing.cache import LOCKS, completed, fingerprint, progress
from backing.unavailable import PartUnavailable

_INSTALL_SECONDS = 900
_PASSWORD = re.compile(r"//[^/@\s]+@")


def wheel_folder(part: str, *, size: str) -> Path:
    """The folder with the wheels of `locks/<part>-wheels.lock`, installed now if they are not yet.

    `size` tells people how much is downloaded. Raises PartUnavailable when no installer could bring them.
    """
    lock = LOCKS / f"{part}-wheels.lock"

    def fill(folder: Path) -> None:
        progress(part, f"installing wheels from PyPI ({size})")
        _install(lock, folder, part=part)
        progress(part, "wheels are installed")

    # Some of the wheels hold compiled code for one Python, so another Python gets another folder.
    tag = f"{sys.implementation.name}{sys.version_info.major}{sys.version_info.minor}"
    return completed(f"{part}-wheels-{tag}-{fingerprint(lock.read_text())}", part=part, fill=fill)


def _install(lock: Path, folder: Path, *, part: str) -> None:
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="backing-installer-") as scratch:
        for installer in _installers(Path(scratch)):
            failure = _try_install(installer, lock, folder)
            if failure is None:
                return
            failures.append(failure)
    raise PartUnavailable(part, "; ".join(failures) or "there is neither uv nor pip, and ensurepip is missing")


def _try_install(installer: list[str], lock: Path, folder: Path) -> str | None:
    """None when it worked, else why it did not."""
    command = [*installer, "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    command += ["--target", str(folder), "-r", str(lock)]
    environment = os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_RETRIES": "2", "PIP_NO_INPUT": "1"}
    environment.pop("PIP_USER", None)
    environment.pop("PIP_REQUIRE_VIRTUALENV", None)
    try:
        done = subprocess.run(
            command,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{installer[0]}: {error}"
    if done.returncode == 0:
        return None
    return f"{' '.join(installer[:3])}: {_last_words(done.stderr)}"


def _last_words(text: str) -> str:
    """What the installer says is wrong: its lines marked as errors if there are any, without passwords in addresses."""
    lines = [line.strip() for line in _PASSWORD.sub("//", text).splitlines() if line.strip()]
    return " / ".join([line for line in lines if line.startswith("ERROR")] or lines[-3:])


def _installers(scratch: Path) -> Iterator[list[str]]:
    """The installers of this machine, best first; each is tried only when the ones before it failed."""
    for uv in _uv_commands():
        yield [*uv, "pip", "install", "--quiet", "--python", sys.executable]
    if find_spec("pip") is not None:
        yield [sys.executable, "-m", "pip", "install", "--quiet"]
        return
    progress("pip", "not in this environment, making a throw-away one")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(scratch)],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    if made.returncode == 0:
        yield [str(scratch / "bin" / "python"), "-m", "pip", "install", "--quiet"]


def _uv_commands() -> Iterator[list[str]]:
    named = os.environ.get("SLUICE_UV")
    beside_python = Path(sys.executable).with_name("uv")
    uv = named or (str(beside_python) if beside_python.exists() else shutil.which("uv"))
    if uv:
        yield [uv]
    elif find_spec("uv") is not None:
        yield [sys.executable, "-m", "uv"]
