"""Programs of the machine that some faults are made with. Where one is missing, the test is listed as not run."""

from __future__ import annotations

import os
import shutil

from backing.unavailable import PartUnavailable


def require_command(name: str, *, package: str) -> None:
    """Raises PartUnavailable with what to install."""
    if shutil.which(name) is None:
        raise PartUnavailable(name, f"the Debian package {package} is not installed")


def require_root(why: str) -> None:
    """Raises PartUnavailable where we are somebody else."""
    if os.geteuid() != 0:
        raise PartUnavailable(why, "only root may do that")
