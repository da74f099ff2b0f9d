"""Where fetched parts live, and how one of them gets there exactly once.

A part is filled into a folder of another name and renamed when it is whole, so a folder that exists is complete. A
lock file makes two test runs at once fetch a part one after the other. Nothing here is ever deleted but half-filled
folders.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from backing.unavailable import PartUnavailable

LOCKS = Path(__file__).with_name("locks")


def cache_root() -> Path:
    """The folder of all parts: `$SLUICE_TEST_CACHE`, else `sluice/backing` in the user's cache folder."""
    chosen = os.environ.get("SLUICE_TEST_CACHE")
    if chosen:
        return Path(chosen).absolute()
    user_cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user_cache).absolute() / "sluice" / "backing"


def bin_folder() -> Path:
    """The folder to put on PATH for the programs people type (`wscat`)."""
    return cache_root() / "bin"


def fingerprint(*parts: str) -> str:
    """Twelve characters that change when any of the texts does."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def progress(part: str, message: str) -> None:
    """One line for the person who waits."""
    print(f"backing: {part}: {message}", file=sys.stderr, flush=True)


def completed(name: str, *, part: str, fill: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache, filled by `fill` if it is not there yet.

    Raises PartUnavailable, also when the cache cannot be written; then nothing is left behind.
    """
    root = cache_root()
    final = root / name
    if final.is_dir():
        return final
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root / f"{name}.lock", part=part):
            if not final.is_dir():
                _fill_and_rename(final, fill)
    except OSError as error:
        raise PartUnavailable(part, f"cannot be written to the cache {root}: {error}") from error
    return final


def _fill_and_rename(final: Path, fill: Callable[[Path], None]) -> None:
    for abandoned in final.parent.glob(f"{final.name}.partial-*"):
        shutil.rmtree(abandoned, ignore_errors=True)  # A run that was killed; it holds no lock, or we would not.
    partial = Path(tempfile.mkdtemp(prefix=f"{final.name}.partial-", dir=final.parent))
    try:
        fill(partial)
        partial.chmod(0o755)
        partial.rename(final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@contextmanager
def _locked(lock_file: Path, *, part: str) -> Iterator[None]:
    with lock_file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(part, "another run is fetching it, waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
