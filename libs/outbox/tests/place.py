"""Where a test of the outbox happens."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

import shop

from eventbus.bus import EventBus
from outbox import Database


@dataclass
class Place:
    """A database and a bus that several processes share."""

    database_url: str
    bus_url: str
    database: Database
    bus: EventBus
    replicas: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_replica(self, when: str) -> subprocess.Popen[bytes]:
        """A process that relays; see `shop.signal_at`. Its first line is `started`."""
        arguments = [sys.executable, shop.__file__, self.database_url, self.bus_url, when]
        replica = subprocess.Popen(arguments, stdout=subprocess.PIPE)
        self.replicas.append(replica)
        return replica
