"""Chooses, before the first of them is imported, between the modules as written and the same modules compiled.

``make compile`` puts the compiled ones (mypyc) into the folder ``_compiled``, with the digest of the sources they were
made from. They are taken all together or not at all, and only when the digest fits: what was edited since runs as it is
written. A machine without a compiler has no such folder and needs none.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

PACKAGE: Final = Path(__file__).parent
# Its modules are compiled too, in a group of their own: where it was imported before, it stays as it is written.
LIBRARY: Final = "tokens"
FOLDER: Final = PACKAGE / "_compiled"
SUFFIX: Final = EXTENSION_SUFFIXES[0]
DIGEST_FILE: Final = "sources.sha256"

Choice = Literal["auto", "off", "required"]


class CompiledFinder:
    """Finds the modules of one folder, whose files are named like the modules. See `sys.meta_path`."""

    def __init__(self, folder: Path) -> None:
        self._files = {file.name.removesuffix(SUFFIX): file for file in folder.glob(f"*{SUFFIX}")}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """None for what is not compiled."""
        file = self._files.get(name)
        return None if file is None else importlib.util.spec_from_file_location(name, file)


def choose(choice: str, *, folder: Path = FOLDER) -> None:
    """Take the compiled modules for what is imported from now on, unless `choice` is "off" or they do not fit.

    "required" is no different here: the settings refuse to start without them, in a sentence rather than a traceback.
    """
    if choice != "off" and fits(folder, *packages()):
        sys.meta_path.insert(0, CompiledFinder(folder))


def is_in_use() -> bool:
    """Whether this process runs the compiled modules."""
    return any(isinstance(finder, CompiledFinder) for finder in sys.meta_path)


def packages() -> tuple[Path, ...]:
    """Whose modules may be compiled."""
    spec = importlib.util.find_spec(LIBRARY)
    assert spec is not None  # The gateway depends on it.
    assert spec.origin is not None
    return PACKAGE, Path(spec.origin).parent


def fits(folder: Path, *packages: Path) -> bool:
    """Whether the folder has modules for this Python that were made from the present sources."""
    try:
        made_from = (folder / DIGEST_FILE).read_text()
    except FileNotFoundError:
        return False
    return any(folder.glob(f"*{SUFFIX}")) and made_from == digest(*packages)


def digest(*packages: Path) -> str:
    """Of all sources of the packages: compiled modules know the layout and the constants of others."""
    total = hashlib.sha256()
    for package in packages:
        for file in sorted(package.rglob("*.py")):
            total.update(f"{file.relative_to(package)}\0".encode() + file.read_bytes() + b"\0")
    return total.hexdigest()
