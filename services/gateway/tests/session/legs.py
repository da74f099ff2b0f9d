"""Two legs without sockets: what is written is kept."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.session.extensions import Extensions
from gateway.session.inspector import Finding
from gateway.session.leg import Leg, build_legs
from gateway.session.limits import UNLIMITED


class MemoryTransport(asyncio.Transport):
    """Keeps what is written; remembers whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.write_count = 0
        self.is_read = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data
        self.write_count += 1

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True


@dataclass
class Pair:
    """The owner of two legs: notes what it is told."""

    indivisible: int = 0
    alerts: list[bytes] = field(default_factory=list)
    drops: int = 0
    is_throttled_out: bool = False
    findings: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client_transport, self.backend_transport = MemoryTransport(), MemoryTransport()
        self.client, self.backend = build_legs(
            self.client_transport,
            self.backend_transport,
            extensions=Extensions(0x40, self.indivisible, self.indivisible),
            limits=UNLIMITED,
        )
        self.client.owner = self.backend.owner = self

    def on_alert(self, leg: Leg, sendable: bytes) -> None:
        leg.sink.write(sendable)

    def on_end_of_stream(self, leg: Leg) -> bool:
        return False

    def on_lost(self, leg: Leg) -> None:
        """Nothing."""

    def on_writability(self, leg: Leg, *, is_stalled: bool) -> None:
        """Nothing."""

    def on_dropped(self, leg: Leg) -> None:
        self.drops += 1

    def on_throttled_out(self, leg: Leg) -> None:
        self.is_throttled_out = True

    def on_finding(self, leg: Leg, finding: Finding) -> None:
        self.findings.append(finding)

    def on_released(self, leg: Leg) -> None:
        leg.transport.resume_reading()


class ScriptedInspector:
    """Wants every message and finds what the script says, then nothing."""

    max_held_bytes = 2**62

    def __init__(self, findings: Iterable[Finding | None] = ()) -> None:
        self.findings = list(findings)
        self.seen: list[bytes] = []

    def wants(self, first_byte: int) -> bool:
        return True

    def inspect(self, frames: bytes) -> Finding | None:
        self.seen.append(frames)
        return self.findings.pop(0) if self.findings else None
