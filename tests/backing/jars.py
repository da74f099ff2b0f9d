"""Brings jars from Maven Central into a folder. A program of its own, on a PYTHONPATH that holds `maven_artifact`.

Usage: jars.py LOCK FOLDER. Reads lines `group:artifact:version sha256` from LOCK, downloads eight at a time, prints one
line on standard output for each jar that has arrived whole. Ends with 1 and the reason on standard error at the first
jar that cannot be had.
"""

import hashlib
import importlib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import redirect_stdout
from pathlib import Path

_THREADS = 8
_ATTEMPTS = 3
_READ_TIMEOUT_SECONDS = 60


def main() -> int:
    lock, folder = Path(sys.argv[1]), Path(sys.argv[2])
    lines = [line.split() for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    # The client prints addresses for every file; our own lines go to the real standard output.
    arrived = sys.stdout
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), ThreadPoolExecutor(_THREADS) as threads:
        downloads = [threads.submit(_bring, coordinates, sha256, folder) for coordinates, sha256 in lines]
        for download in as_completed(downloads):
            if (error := download.exception()) is not None:
                threads.shutdown(wait=False, cancel_futures=True)
                print(error, file=sys.stderr)
                return 1
            print(download.result(), file=arrived, flush=True)
    return 0


def _bring(coordinates: str, sha256: str, folder: Path) -> str:
    """The name of the jar, which is in the folder and has this checksum. Raises RuntimeError after the last attempt."""
    group, artifact, version = coordinates.split(":")
    jar = folder / f"{artifact}-{version}.jar"
    reason = ""
    for attempt in range(_ATTEMPTS):
        time.sleep(attempt)
        jar.unlink(missing_ok=True)
        try:
            _download(group, artifact, version, jar)
        except Exception as error:  # The client wraps everything its HTTP library raises in types of its own.
            reason = str(getattr(error, "msg", error))
            continue
        if hashlib.sha256(jar.read_bytes()).hexdigest() == sha256:
            return jar.name
        reason = "its checksum is not the pinned one"
    raise RuntimeError(f"{coordinates}: {reason}")


def _download(group: str, artifact: str, version: str, jar: Path) -> None:
    # Not a plain import: the package is in the cache, not in the environment that the type checker sees.
    maven = importlib.import_module("maven_artifact")
    downloader = maven.Downloader()
    request = downloader.requestor.request
    downloader.requestor.request = lambda *words, **more: request(*words, timeout=_READ_TIMEOUT_SECONDS, **more)
    downloader.download(maven.Artifact(group, artifact, version), str(jar))


if __name__ == "__main__":
    sys.exit(main())
