"""Closing clients of aiokafka so that it ends in time and says nothing about whoever closes.

Their closes (0.14) have two traps: while one waits for a task that it has cancelled, it takes a cancellation of its
caller for that task's and goes on as if nothing had been asked, so that a loop around it never ends; and with a broker
away a consumer's raises such a cancellation as if its caller had been cancelled.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

CLOSE_SECONDS = 2.0


# Any: what a coroutine is sent and yields is between it and the event loop.
async def closed_in_time(closing: Coroutine[Any, Any, object], *, within_seconds: float = CLOSE_SECONDS) -> bool:
    """Whether the close has ended well; one that takes longer is cancelled. Raises nothing but the caller's own
    cancellation, and that when the close is over.
    """
    # In a task of its own, which may swallow and raise cancellations as it likes.
    task = asyncio.create_task(closing, name="eventbus-close")
    task.add_done_callback(look_at_error)
    try:
        await asyncio.wait([task], timeout=within_seconds)
    except asyncio.CancelledError:
        # Half closed would leave sockets open.
        await asyncio.wait([task], timeout=within_seconds)
        raise
    finally:
        task.cancel()
    return task.done() and not task.cancelled() and task.exception() is None


def look_at_error(ended: asyncio.Future[Any]) -> None:
    """For what nobody may ask any more: else asyncio would complain about its error."""
    if not ended.cancelled():
        ended.exception()
