"""What is measured of each candidate: S1 to S5 and the added latency, as named in `docs/performance.md`.

A scenario takes one reading of one candidate; `rounds` repeats it and interleaves the candidates.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.bars import Bar, More, Share, UpTo
from bench.candidates import Running
from bench.facts import mint_token, write_tokens
from bench.load import Load
from bench.machine import cores
from bench.processes import busy_seconds, precise_cpu_seconds, resident_kilobytes, tree

_WARM_UP_SECONDS = 0.3
_SETTLE_SECONDS = 0.3
_KNOWN_TOKEN = mint_token()


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how much for one reading."""

    seconds: float
    handshakes: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a scenario's metrics, and how much else used the proxy's core meanwhile (share of the time)."""

    values: tuple[float, ...]
    foreign_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table. Less is better, unless it has no bar."""

    title: str
    unit: str
    bar: Bar | None = None


class Scenario(Protocol):
    """One of those below."""

    @property
    def name(self) -> str:
        """As on the command line."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What a reading's values are."""

    @property
    def needs_fresh_process(self) -> bool:
        """Whether a reading must be the first of its process."""

    def applies_to(self, candidate: str) -> bool:
        """Whether this candidate says something here."""

    def read(self, running: Running, effort: Effort, folder: Path) -> Reading:
        """One reading. Raises LoadFailed."""


@dataclass(frozen=True, slots=True)
class Stream:
    """CPU time for each message: so many connections with so many messages in flight, as fast as it goes."""

    name: str
    title: str
    connections: int
    message_bytes: int
    window: int
    bar: Bar
    needs_fresh_process: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return (Metric(f"{self.name} {self.title}: CPU / message", "µs", self.bar),)

    def applies_to(self, candidate: str) -> bool:
        return candidate not in (DIRECT, WSS_GATEWAY)

    def read(self, running: Running, effort: Effort, folder: Path) -> Reading:
        self._work(running, _WARM_UP_SECONDS, folder)
        result, used, foreign = self._work(running, effort.seconds, folder)
        return Reading((used / result["messages"] * 1e6,), foreign)

    def _work(self, running: Running, seconds: float, folder: Path) -> tuple[dict[str, float], float, float]:
        arguments = ["stream", str(self.connections), str(self.message_bytes), str(self.window), str(seconds)]
        with Load(running, arguments=arguments, tokens=_tokens(folder), folder=folder) as load:
            return _watched(running, load.work)


@dataclass(frozen=True, slots=True)
class Handshakes:
    """CPU time for each handshake with one echo and a close, half of them with a token not seen before."""

    name: str = "S4"
    concurrency: int = 16
    needs_fresh_process: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        title = "S4 handshake, echo, close"
        return (
            Metric(f"{title}: CPU / handshake", "µs", Share("nginx", 3.0, 1.5)),
            Metric(f"{title}: handshakes / s", "1/s"),
        )

    def applies_to(self, candidate: str) -> bool:
        return candidate not in (DIRECT, "nginx tuned", WSS_GATEWAY)

    def read(self, running: Running, effort: Effort, folder: Path) -> Reading:
        self._work(running, effort.handshakes // 8, folder)
        result, used, foreign = self._work(running, effort.handshakes, folder)
        return Reading((used / result["handshakes"] * 1e6, result["handshakes"] / result["seconds"]), foreign)

    def _work(self, running: Running, count: int, folder: Path) -> tuple[dict[str, float], float, float]:
        arguments = ["handshakes", str(self.concurrency), "128", str(count)]
        tokens = _tokens(folder, count=count, fresh=True)
        with Load(running, arguments=arguments, tokens=tokens, folder=folder) as load:
            return _watched(running, load.work)


@dataclass(frozen=True, slots=True)
class IdleSessions:
    """Memory that each open session takes after its first echo."""

    name: str = "S5"
    needs_fresh_process: bool = True

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return (Metric("S5 idle session, ws: RSS / session", "kB", UpTo(8.0, 4.6)),)

    def applies_to(self, candidate: str) -> bool:
        return candidate not in (DIRECT, "nginx tuned", WSS_GATEWAY)

    def read(self, running: Running, effort: Effort, folder: Path) -> Reading:
        # What the first sessions load and build is not what each session takes.
        with self._sessions(running, 50, folder):
            pass
        time.sleep(_SETTLE_SECONDS)
        before = resident_kilobytes(tree(running.process.pid))
        with self._sessions(running, effort.sessions, folder):
            time.sleep(_SETTLE_SECONDS)
            after = resident_kilobytes(tree(running.process.pid))
        return Reading(((after - before) / effort.sessions,))

    def _sessions(self, running: Running, count: int, folder: Path) -> Load:
        return Load(running, arguments=["idle", str(count), "128"], tokens=_tokens(folder), folder=folder)


@dataclass(frozen=True, slots=True)
class Latency:
    """From when a message was due to its echo, at a rate that no candidate minds."""

    name: str = "latency"
    rate: int = 2_000
    needs_fresh_process: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        title = f"round trip at {self.rate:,} messages / s"
        return (Metric(f"{title}: p50", "µs", More("nginx", 20.0, 0.0)), Metric(f"{title}: p99", "µs"))

    def applies_to(self, candidate: str) -> bool:
        return candidate not in ("nginx tuned", WSS_GATEWAY)

    def read(self, running: Running, effort: Effort, folder: Path) -> Reading:
        arguments = ["paced", "64", "128", str(self.rate), str(2 * effort.seconds)]
        with Load(running, arguments=arguments, tokens=_tokens(folder), folder=folder) as load:
            result, _, foreign = _watched(running, load.work)
        return Reading((result["p50_us"], result["p99_us"]), foreign)


DIRECT = "no proxy"
WSS_GATEWAY = "gateway wss"

SCENARIOS: tuple[Scenario, ...] = (
    Stream("S1", "ping-pong 128 B, 64 connections", 64, 128, 1, Share("nginx", 1.5, 1.0)),
    Stream("S2", "128 B, 32 in flight", 16, 128, 32, Share("nginx", 1.8, 1.0)),
    Stream("S3", "16 KiB, 4 in flight", 8, 16_384, 4, Share("nginx tuned", 1.0, 0.85)),
    Stream("S3L", "64 KiB, 4 in flight", 8, 65_536, 4, Share("nginx tuned", 1.0, 0.85)),
    Handshakes(),
    IdleSessions(),
    Latency(),
)


def _watched(running: Running, work: Callable[[], dict[str, float]]) -> tuple[dict[str, float], float, float]:
    """The result of the work, the CPU time that the proxy used for it, and the share of others on its core."""
    pids, core = tree(running.process.pid), cores().proxy
    began, busy_before, before = time.monotonic(), busy_seconds(core), precise_cpu_seconds(pids)
    result = work()
    used, busy = precise_cpu_seconds(pids) - before, busy_seconds(core) - busy_before
    return result, used, max(0.0, busy - used) / (time.monotonic() - began)


def _tokens(folder: Path, *, count: int = 1, fresh: bool = False) -> Path:
    file = folder / "tokens"
    write_tokens(file, count=count, fresh=fresh, known=_KNOWN_TOKEN)
    return file
