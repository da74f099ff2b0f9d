"""Repeats the readings, candidate after candidate (ABAB), so that what disturbs the machine disturbs all alike.

Readings during which something else used the proxy's core are taken again; where that does not help, the least
disturbed one is kept and marked.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from backing.eventually import free_ports
from bench.candidates import Candidate, Running, launch, wait_until_open
from bench.load import LoadFailed
from bench.machine import cores
from bench.native import compiled
from bench.scenarios import DIRECT, Effort, Metric, Reading, Scenario

_TOLERATED_SHARE = 0.05
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of one candidate: median and range of the rounds, and how many of them were disturbed."""

    median: float
    least: float
    most: float
    disturbed: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Row:
    """A metric with the figures of all candidates that were run."""

    metric: Metric
    figures: Mapping[str, Figure]


class Arena:
    """The echo backend, running while it is entered, and the candidates in front of it."""

    def __init__(self, candidates: Sequence[Candidate], *, effort: Effort, rounds: int) -> None:
        self._candidates = candidates
        self._effort = effort
        self._rounds = rounds
        self._stack = ExitStack()
        self._running: dict[str, Running] = {}
        self._echo: Running

    def __enter__(self) -> Arena:
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
            self._echo = _start_echo(self._new_folder())
            stack.callback(self._echo.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def measure(self, scenario: Scenario) -> list[Row]:
        """All rounds of a scenario. Candidates that fail are named and left out of the row."""
        chosen = [each for each in self._candidates if scenario.applies_to(each.name)]
        readings: dict[str, list[Reading]] = {each.name: [] for each in chosen}
        if scenario.applies_to(DIRECT):
            readings[DIRECT] = []
        for number in range(self._rounds):
            for name, taken in readings.items():
                _say(f"{scenario.name}, round {number + 1} of {self._rounds}, {name}")
                reading = self._least_disturbed(scenario, name)
                if reading is not None:
                    taken.append(reading)
        rows = [Row(metric, _figures(readings, index)) for index, metric in enumerate(scenario.metrics)]
        return [row for row in rows if row.figures]

    def _least_disturbed(self, scenario: Scenario, name: str) -> Reading | None:
        best: Reading | None = None
        for _ in range(_ATTEMPTS):
            try:
                reading = self._read(scenario, name)
            except (LoadFailed, AssertionError) as error:
                _say(f"{scenario.name}: no reading of {name}: {error}\n")
                return best
            if best is None or reading.foreign_share < best.foreign_share:
                best = reading
            if best.foreign_share <= _TOLERATED_SHARE:
                break
        return best

    def _read(self, scenario: Scenario, name: str) -> Reading:
        if name == DIRECT:
            return scenario.read(self._echo, self._effort, self._new_folder())
        if not scenario.needs_fresh_process:
            return scenario.read(self._kept(name), self._effort, self._new_folder())
        running = self._start(name)
        try:
            return scenario.read(running, self._effort, self._new_folder())
        finally:
            running.stop()

    def _kept(self, name: str) -> Running:
        """Started when it is first asked for, and stopped with the arena."""
        if name not in self._running:
            self._running[name] = self._start(name)
            self._stack.callback(self._running[name].stop)
        return self._running[name]

    def _start(self, name: str) -> Running:
        candidate = next(each for each in self._candidates if each.name == name)
        (port,) = free_ports(1)
        return candidate.start(self._new_folder(), port=port, echo_port=self._echo.port)

    def _new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._folder))


def _start_echo(folder: Path) -> Running:
    (port,) = free_ports(1)
    process = launch([str(compiled("echo")), str(port)], folder=folder, core=cores().load)
    wait_until_open(port, process=process, folder=folder)
    return Running(DIRECT, port, process)


def _figures(readings: Mapping[str, Sequence[Reading]], index: int) -> dict[str, Figure]:
    return {name: _figure(taken, index) for name, taken in readings.items() if taken}


def _figure(readings: Sequence[Reading], index: int) -> Figure:
    values = [reading.values[index] for reading in readings]
    disturbed = sum(reading.foreign_share > _TOLERATED_SHARE for reading in readings)
    return Figure(statistics.median(values), min(values), max(values), disturbed, len(values))


def _say(text: str) -> None:
    print(f"\r\033[Kbench: {text}", end="", flush=True)
