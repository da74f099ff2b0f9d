"""Look-ups without a network: the fake that is shipped beside the real ones and runs in their contract suite."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from backends.host_spelling import IPAddress


class MemoryLookUps:
    """Knows the addresses it was given. `asked` is for tests to look at."""

    def __init__(self, addresses: Mapping[str, Sequence[str]] | None = None) -> None:
        self._addresses = addresses or {}
        self.asked: list[str] = []

    async def look_up(self, host: str) -> Sequence[IPAddress]:
        """See `LookUps`."""
        self.asked.append(host)
        return [ipaddress.ip_address(each) for each in self._addresses.get(host, ())]
