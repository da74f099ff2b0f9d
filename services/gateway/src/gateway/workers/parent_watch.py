"""In a worker: ends it when its parent is gone, however that came to pass.

The worker's standard input is a pipe from the parent, on which nothing is ever written.
"""

from __future__ import annotations

import asyncio
import signal

import structlog

_log = structlog.get_logger(__name__)

_STDIN = 0


async def end_with_parent() -> None:
    """A background task of a worker; ends only by cancellation."""
    loop = asyncio.get_running_loop()
    is_gone = asyncio.Event()
    loop.add_reader(_STDIN, is_gone.set)
    try:
        await is_gone.wait()
    finally:
        loop.remove_reader(_STDIN)
    _log.warning("the parent of this worker is gone, so it ends too")
    signal.raise_signal(signal.SIGTERM)
    await asyncio.Event().wait()
