"""Which cores the benchmarks use and how many sessions this machine lets a process hold."""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A proxy has two sockets for each session, and some files of its own.
_FILES_PER_SESSION = 2
_FILES_BESIDE = 500


@dataclass(frozen=True, slots=True)
class Cores:
    """The proxy has one to itself; load generator and backend share the other. Equal where there is but one."""

    proxy: int
    load: int


@cache
def cores() -> Cores:
    """The first two of those that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[1] if len(allowed) > 1 else allowed[0])


def raise_file_limit() -> int:
    """As far as allowed, for this process and what it starts. Returns how many sessions fit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return (most - _FILES_BESIDE) // _FILES_PER_SESSION


def describe() -> str:
    """One line for the report: numbers belong to a machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    count, kernel = len(os.sched_getaffinity(0)), platform.release().partition("-")[0]
    return f"{count} cores ({model}), Linux {kernel}, Python {platform.python_version()}"
