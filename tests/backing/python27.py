"""CPython 2.7 out of an older Debian, unpacked into the cache and not installed.

Needs the tools of a Debian (or of what was made from it) on x86-64, and asks the mirror which they are set up for; apt
checks the signatures.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from backing.cache import completed, progress
from backing.unavailable import PartUnavailable

_PART = "python2.7"
_SUITE = "bullseye"
_PACKAGES = (
    "libffi7",
    "libpython2.7-minimal",
    "libpython2.7-stdlib",
    "libssl1.1",
    "python2.7",
    "python2.7-minimal",
)
_DOWNLOAD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Python27:
    """`home` is its folder usr."""

    home: Path

    def run(self, arguments: Sequence[str], *, packages: Sequence[Path], output: IO[bytes], seconds: float) -> None:
        """With the modules in `packages`. Raises subprocess.CalledProcessError and subprocess.TimeoutExpired."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "LD_LIBRARY_PATH": str(self.home / "lib" / "x86_64-linux-gnu"),
            "PYTHONHOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(map(str, packages)),
        }
        passed_on = {
            name: os.environ[name] for name in ("PIP_INDEX_URL", "PIP_CERT", "SSL_CERT_FILE") if name in os.environ
        }
        subprocess.run(
            [str(self.home / "bin" / "python2.7"), *arguments],
            check=True,
            env=environment | passed_on,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=seconds,
        )


def fetch_python27() -> Python27:
    """From the cache or fetched now. Raises PartUnavailable."""
    return Python27(completed(f"python2.7-{_SUITE}", part=_PART, fill=_unpack) / "usr")


def _unpack(folder: Path) -> None:
    progress(_PART, "fetching from Debian's mirror (16 MB)")
    downloads = folder / "downloads"
    downloads.mkdir()
    (folder / "sources.list").write_text(f"deb {_mirror()} {_SUITE} main\n")
    for name in ("lists", "cache"):
        (folder / name / "partial").mkdir(parents=True)
    # Apart from the machine's own lists and packages.
    options = {
        "Dir::Etc::SourceList": folder / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "",
    }
    apt = ["apt-get", "-qq", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]
    _do([*apt, "update"], at=downloads)
    _do([*apt, "download", *_PACKAGES], at=downloads)
    for package in downloads.glob("*.deb"):
        _do(["dpkg-deb", "--extract", str(package), str(folder)], at=downloads)


def _mirror() -> str:
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"]
    mirrors = _do(targets, at=Path("/")).split()
    if not mirrors:
        raise PartUnavailable(_PART, "apt knows no mirror of Debian")
    return mirrors[0]


def _do(command: list[str], *, at: Path) -> str:
    try:
        done = subprocess.run(
            command,
            check=True,
            cwd=at,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_DOWNLOAD_SECONDS,
        )
    except subprocess.CalledProcessError as error:
        raise PartUnavailable(_PART, f"{command[0]}: {error.stderr.strip()[-500:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PartUnavailable(_PART, f"{command[0]}: {error}") from error
    return done.stdout
