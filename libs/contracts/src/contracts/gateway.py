"""Facts that gateways tell about themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from contracts.fact import Fact, Topic


class Instance(Fact):
    """A living gateway. Told every 5 s; one that is silent for 30 s is gone, with its sessions."""

    topic: ClassVar[Topic] = Topic("gateway.instance.v1", retention=timedelta(days=1))

    id: str
    environment: str
    started_at: datetime
    heartbeat_at: datetime
    release: str
    deployed: dict[str, str] = {}

    @property
    def key(self) -> str:
        return self.id


FACTS: tuple[type[Fact], ...] = (Instance,)
