"""What processes have used: CPU time and memory, from the kernel's own accounts (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table."""

    value: float
    unit: str
    bar: str = ""


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of all threads of the processes."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_SECOND


def precise_cpu_seconds(pid: int) -> float:
    """The same in nanosecond steps, where the kernel keeps them; for one busy process."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def proportional_megabytes(pids: Iterable[int]) -> float:
    """PSS: private memory, and a share of what is shared."""
    kilobytes = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024
