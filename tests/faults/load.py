"""Background load for the fault tests: echo sessions that send numbered messages, and a stream of new handshakes.

Every message carries its session, its number and a hash, and must come back once, whole and in order. What went wrong
is kept with its reason. Owns its tasks; leaving the context ends them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

_ANSWER_SECONDS = 20.0


@dataclass
class Load:
    """`sessions` at once, each with `rate` messages a second, and `handshakes` new ones a second (echo, close)."""

    url: str
    headers: Mapping[str, str]
    sessions: int = 40
    rate: float = 5.0
    handshakes: float = 5.0
    answered: int = 0
    handshakes_done: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    connected: int = 0

    async def run(self, *, is_over: Callable[[], bool]) -> None:
        """Until it is over; then everything ends by itself."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(self.sessions):
                tasks.create_task(self._keep_session(number, is_over))
            if self.handshakes:
                tasks.create_task(self._keep_shaking_hands(is_over))

    async def _keep_session(self, number: int, is_over: Callable[[], bool]) -> None:
        try:
            async with self._connect() as socket:
                self.connected += 1
                sequence = 0
                while not is_over():
                    sequence += 1
                    await self._ask(socket, f"{number}:{sequence}")
                    await asyncio.sleep(1 / self.rate)
        except (WebSocketException, OSError, TimeoutError) as error:
            self.problems[f"session: {error!r}"] += 1

    async def _keep_shaking_hands(self, is_over: Callable[[], bool]) -> None:
        sequence = 0
        while not is_over():
            sequence += 1
            try:
                async with self._connect() as socket:
                    await self._ask(socket, f"new:{sequence}")
                self.handshakes_done += 1
            except (InvalidHandshake, WebSocketException, OSError, TimeoutError) as error:
                self.problems[f"handshake: {error!r}"] += 1
            await asyncio.sleep(1 / self.handshakes)

    async def _ask(self, socket: ClientConnection, text: str) -> None:
        message = f"{text} {hashlib.sha256(text.encode()).hexdigest()}"
        await socket.send(message)
        answer = await asyncio.wait_for(socket.recv(), _ANSWER_SECONDS)
        if answer != message:
            self.problems["a message came back changed or out of order"] += 1
        self.answered += 1

    def _connect(self) -> connect:
        return connect(self.url, additional_headers=self.headers, open_timeout=10, close_timeout=5, max_queue=4)


@asynccontextmanager
async def under_load(load: Load) -> AsyncIterator[Load]:
    """Everything inside happens under load; all of it has ended afterwards. What went wrong is in `problems`."""
    over = False
    running = asyncio.create_task(load.run(is_over=lambda: over))
    try:
        while load.connected < load.sessions and not load.problems:
            await asyncio.sleep(0.01)
        yield load
    finally:
        over = True
        await asyncio.wait_for(running, 60)
