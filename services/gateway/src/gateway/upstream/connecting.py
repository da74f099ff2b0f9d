"""Opens a connection without a task.

What `create_connection` awaits are futures of the event loop, one after the other. Whoever is called back by each of
them can go on with it, which is what a task does; but a task also has a name, a context and a place among all tasks,
and together these cost more than what a handshake is judged by.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Connecting:
    """Runs the coroutine (which yields futures, hence Any) from now on. ``on_failure`` may be called at once."""

    __slots__ = ("_awaited", "_coroutine", "_on_failure")

    def __init__(self, coroutine: Coroutine[Any, Any, object], *, on_failure: Callable[[Exception], None]) -> None:
        self._coroutine = coroutine
        self._on_failure = on_failure
        self._awaited: asyncio.Future[Any] | None = None
        self._go_on(None)

    def cancel(self) -> None:
        """Give up. Does nothing where it has ended."""
        if self._awaited is not None:
            self._awaited.cancel()

    def _go_on(self, _: asyncio.Future[Any] | None) -> None:
        self._awaited = None
        try:
            awaited = self._coroutine.send(None)
        except (StopIteration, asyncio.CancelledError):
            return
        except Exception as error:
            self._on_failure(error)
            return
        # By this a future knows that it was awaited and not just yielded, as `asyncio.Task` does it.
        awaited._asyncio_future_blocking = False
        awaited.add_done_callback(self._go_on)
        self._awaited = awaited
