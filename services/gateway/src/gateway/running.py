"""A gateway that has been put together: what it starts, what runs beside its listeners, when it is ready."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.feed.feed import Feed
from gateway.feed.heartbeat import Heartbeat
from gateway.handshake.drain import DrainState
from gateway.quotas.quotas import Quotas
from gateway.settings import Settings
from gateway.snapshot.keeper import SnapshotKeeper
from gateway.wiring.accounts import Accounts
from gateway.wiring.doors import Doors
from gateway.wiring.rules import Rules
from gateway.workers.parent_watch import end_with_parent
from tokens import TokenVerifier


@dataclass(frozen=True, slots=True)
class Gateway:
    """Its parts. `verifier` is for the tokens of the admin port; `snapshot` is None where no file for it is set."""

    settings: Settings
    feed: Feed
    heartbeat: Heartbeat
    quotas: Quotas
    accounts: Accounts
    rules: Rules
    doors: Doors
    verifier: TokenVerifier
    snapshot: SnapshotKeeper | None

    @property
    def background(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Tasks that run beside the listeners."""
        following = (self.feed.run, self.heartbeat.run, self.quotas.run, self.rules.reviewer.run)
        watching = () if self.doors.certificates is None else (self.doors.certificates.run,)
        keeping = () if self.snapshot is None else (self.snapshot.run,)
        ending = () if self.settings.worker_socket is None else (end_with_parent,)
        accounting = self.accounts.background(self.doors.reception.registry)
        return (*following, *watching, *keeping, *accounting, *ending)

    @property
    def checks(self) -> dict[str, Callable[[], Awaitable[str | None]]]:
        """What must hold before the gateway is ready."""
        return {"feed": self.feed.check, "quotas": self.quotas.check, "drain": self._check_draining}

    async def start(self) -> None:
        """Begins to accept clients, with what a snapshot knows. Raises OSError when a port is taken."""
        if self.snapshot is not None:
            await self.snapshot.restore()
        for listener in self.doors.listeners:
            await listener.start()

    async def refresh_metrics(self) -> None:
        """Before each scrape."""
        await self.accounts.metrics.sessions.refresh(self.doors.reception.registry)

    async def _check_draining(self) -> str | None:
        return None if self.doors.drain.state is DrainState.SERVING else "the gateway is about to stop"
