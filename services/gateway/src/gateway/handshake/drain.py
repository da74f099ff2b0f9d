"""The end of a gateway's life: stop accepting, close the sessions at a paced rate, wait for them, drop the rest."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from gateway.handshake.listener import Listener
from gateway.handshake.reception import Reception


async def drain(
    listeners: Sequence[Listener], reception: Reception, *, code: int, over: timedelta, grace: timedelta
) -> bool:
    """Stop accepting, close all sessions at a paced rate over ``over``, and wait for them, ``grace`` in all.

    Return whether every session ended in time. Handshakes in progress are dropped at the end.
    """
    for listener in listeners:
        listener.stop_accepting()
    try:
        async with asyncio.timeout(grace.total_seconds()):
            await reception.registry.close_all(code, over=over)
            await reception.registry.wait_empty()
        return True
    except TimeoutError:
        return False
    finally:
        await reception.close()
