"""What processes have used, and what a core has done, from the kernel's own accounts (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_GONE = (FileNotFoundError, ProcessLookupError)


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table of what the platform costs."""

    value: float
    unit: str
    bar: str = ""


def tree(pid: int) -> list[int]:
    """A process and all its descendants: a proxy may have workers."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(*_GONE):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of all threads of the processes."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS_PER_SECOND


def precise_cpu_seconds(pids: Iterable[int]) -> float:
    """The same in nanosecond steps; threads that have ended are forgotten, so it is for spans in which none ends."""
    nanoseconds = 0
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            nanoseconds += int((thread / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def busy_seconds(core: int) -> float:
    """How long a core has not been idle, whoever used it: this machine's processes, interrupts, or other machines
    on the same iron (steal)."""
    for line in Path("/proc/stat").read_text().splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _, _, irq, softirq, steal = (int(each) for each in ticks[:8])
            return (user + nice + system + irq + softirq + steal) / _TICKS_PER_SECOND
    raise ValueError(f"there is no core {core}")


def resident_kilobytes(pids: Iterable[int]) -> float:
    """RSS, which at a process's growth is what it took for itself."""
    return _sum_of_lines("status", "VmRSS:", pids)


def proportional_megabytes(pids: Iterable[int]) -> float:
    """PSS: private memory, and a share of what is shared."""
    return _sum_of_lines("smaps_rollup", "Pss:", pids) / 1024


def _sum_of_lines(file: str, field: str, pids: Iterable[int]) -> float:
    kilobytes = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(field):
                kilobytes += int(line.split()[1])
    return kilobytes
