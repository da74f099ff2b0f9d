"""Tells the relay of this process that a transaction with facts has committed, so that it need not wait for its next
look.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session


class Wakeup:
    """An event that commits set. Waiting without one ends by itself: other processes may have written too."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def after_commit(self, session: AsyncSession) -> None:
        """Wakes the relay when this session commits."""
        event.listen(session.sync_session, "after_commit", self._wake, once=True)

    async def wait(self, *, at_most: timedelta) -> None:
        """Returns after a commit, or after the given time."""
        try:
            await asyncio.wait_for(self._event.wait(), at_most.total_seconds())
        except TimeoutError:
            return
        finally:
            self._event.clear()

    def wake(self) -> None:
        """Ends the wait at once."""
        self._event.set()

    def _wake(self, session: Session) -> None:
        self._event.set()
