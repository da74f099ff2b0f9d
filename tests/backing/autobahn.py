"""The Autobahn test suite for WebSockets, pinned, on the Python 2.7 that it needs."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backing.cache import LOCKS, completed, fingerprint, progress
from backing.python27 import Python27, fetch_python27
from backing.unavailable import PartUnavailable
from backing.wheels import wheel_folder

_PART = "autobahn"
_INSTALL_SECONDS = 600
_WSTEST = "from autobahntestsuite.wstest import run; run()"

# By the number of a case, Autobahn's word for how a server behaved: OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED or
# FAILED.
Verdicts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Autobahn:
    """Ready to run."""

    python: Python27
    packages: tuple[Path, ...]

    def judge(
        self, urls: Mapping[str, str], *, folder: Path, leave_out: Sequence[str] = (), within: timedelta
    ) -> dict[str, Verdicts]:
        """Every case (less those left out, `12.*` for instance) against each server, whose names are the keys.

        `folder` gets its reports and its log. Raises subprocess.CalledProcessError and subprocess.TimeoutExpired.
        """
        servers = [{"agent": name, "url": url} for name, url in urls.items()]
        asked = {"outdir": str(folder), "servers": servers, "cases": ["*"], "exclude-cases": list(leave_out)}
        spec = folder / "spec.json"
        spec.write_text(json.dumps(asked | {"exclude-agent-cases": {}}))
        command = ["-c", _WSTEST, "-m", "fuzzingclient", "-s", str(spec)]
        with (folder / "wstest.log").open("wb") as log:
            self.python.run(command, packages=self.packages, output=log, seconds=within.total_seconds())
        reports = json.loads((folder / "index.json").read_text())
        return {name: {case: report["behavior"] for case, report in cases.items()} for name, cases in reports.items()}


def fetch_autobahn() -> Autobahn:
    """From the cache or fetched now. Raises PartUnavailable."""
    python, installer = fetch_python27(), wheel_folder(_PART, size="2 MB, the last pip for Python 2.7")
    lock = LOCKS / "autobahn-packages.lock"

    def fill(folder: Path) -> None:
        progress(_PART, "installing the suite from PyPI (13 MB)")
        _install(python, installer, lock, folder)
        # Left to a .pth file, which Python reads in a folder of its own alone.
        (folder / "zope" / "__init__.py").touch()

    suite = completed(f"autobahn-{fingerprint(lock.read_text())}", part=_PART, fill=fill)
    # It asks setuptools for its own version.
    return Autobahn(python, (suite, installer))


def _install(python: Python27, installer: Path, lock: Path, folder: Path) -> None:
    command = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    command += ["--require-hashes", "--target", str(folder), "-r", str(lock)]
    log = folder / "install.log"
    try:
        with log.open("wb") as output:
            python.run(command, packages=(installer,), output=output, seconds=_INSTALL_SECONDS)
    except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise PartUnavailable(_PART, f"{error}: {log.read_text(errors='replace')[-500:]}") from error
