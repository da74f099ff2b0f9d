"""Which gateways live, by their heartbeats, and whether the bus can be reached.

Time is counted in the stamps of the heartbeats themselves, our own among them. So when the bus is away nobody is
taken for gone, and the number of gateways stays as it was last seen.
"""

from __future__ import annotations

SILENT_SECONDS = 30.0
_REMEMBERED_SECONDS = 3600.0


class Fleet:
    """All gateways of the platform. `size` counts the living, this one included, as last seen; `is_cut_off` is set by
    who writes to the bus and waits for the answer.
    """

    __slots__ = ("_gone_at", "_heard_at", "_newest", "instance_id", "is_cut_off", "size")

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self._heard_at: dict[str, float] = {}
        self._gone_at: dict[str, float] = {}
        self._newest = 0.0
        self.is_cut_off = False
        self.size = 1

    def is_alive(self, instance_id: str, *, acted_at: float) -> bool:
        """Whether a gateway's word still counts; `acted_at` is when it gave it, which is a sign of life too."""
        if instance_id == self.instance_id:
            return True
        heard_at = max(self._heard_at.get(instance_id, 0.0), acted_at)
        return instance_id not in self._gone_at and heard_at > self._newest - SILENT_SECONDS

    def hear(self, instance_id: str, *, at: float) -> float:
        """A heartbeat was read; how many seconds after the one before it was written."""
        before = self._heard_at.get(instance_id, at)
        self._heard_at[instance_id] = at
        self._newest = max(self._newest, at)
        self._count()
        return at - before

    def say_goodbye(self, instance_id: str) -> None:
        """A gateway has ended; what it held is free at once."""
        self._heard_at.pop(instance_id, None)
        self._gone_at[instance_id] = self._newest
        self._count()

    def _count(self) -> None:
        long_ago = self._newest - _REMEMBERED_SECONDS
        self._heard_at = {one: at for one, at in self._heard_at.items() if at > long_ago}
        self._gone_at = {one: at for one, at in self._gone_at.items() if at > long_ago}
        heard = (at for one, at in self._heard_at.items() if one != self.instance_id)
        self.size = 1 + sum(at > self._newest - SILENT_SECONDS for at in heard)
