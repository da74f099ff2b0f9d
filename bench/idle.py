"""What the platform costs while nobody uses it: time to ready, CPU and memory of everything that `make run` starts."""

from __future__ import annotations

import time
from pathlib import Path

from e2e.launched import Launched, other_ports

from bench.processes import Result, cpu_seconds, proportional_megabytes

_SETTLE_SECONDS = 10
_WATCH_SECONDS = 30


def measure_idle(folder: Path) -> dict[str, Result]:
    """Starts twice on one data folder: the first start makes keys and schemas, later ones find them."""
    ports = other_ports()
    first_seconds, launched = _started(folder, ports)
    launched.stop()
    again_seconds, launched = _started(folder, ports)
    try:
        time.sleep(_SETTLE_SECONDS)
        pids = [launched.process.pid, *launched.children()]
        before, began = cpu_seconds(pids), time.monotonic()
        time.sleep(_WATCH_SECONDS)
        share = (cpu_seconds(pids) - before) / (time.monotonic() - began)
        memory = proportional_megabytes(pids)
    finally:
        launched.stop()
    return {
        "make run, set up, first start: until ready": Result(first_seconds, "s", "10"),
        "make run, later start: until ready": Result(again_seconds, "s", "10"),
        "idle CPU of everything, % of a core": Result(share * 100, "%", "2"),
        "idle memory of everything (PSS)": Result(memory, "MB", "500"),
    }


def _started(folder: Path, ports: dict[str, str]) -> tuple[float, Launched]:
    began = time.monotonic()
    launched = Launched(folder / "data", ports=ports)
    launched.wait_ready()
    return time.monotonic() - began, launched
