"""Fails when a file that is or would be committed names a package registry or an index.

Whoever installs Sluice chooses where packages come from; a lock file with addresses would choose for them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# Put together here, so that this file does not name them itself.
_REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("proxy", "golang", "org"),
    )
)
_OPTIONS = tuple(f"--{name}" for name in ("index-url", "extra-index-url", "default-index", "find-links"))
_FORBIDDEN = re.compile("|".join(re.escape(word) for word in (*_REGISTRIES, *_OPTIONS)))
_NEVER_COMMITTED = {"uv.lock", "package-lock.json"}


def main() -> int:
    """Exit code 1, and a line for each place, when something is found."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607  # git of the PATH
        check=False,
        capture_output=True,
        text=True,
    )
    if listing.returncode != 0:
        sys.stderr.write("This is no git checkout, so there are no committed files to check.\n")
        return 0
    found = [line for name in sorted(filter(None, listing.stdout.split("\0"))) for line in _faults(Path(name))]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


def _faults(path: Path) -> list[str]:
    if path.name in _NEVER_COMMITTED:
        return [f"{path}: carries the addresses of whatever registry made it, so it is not committed"]
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
        return []
    lines = enumerate(text.splitlines(), start=1)
    return [f"{path}:{number}: names a registry or an index" for number, line in lines if _FORBIDDEN.search(line)]


if __name__ == "__main__":
    sys.exit(main())
