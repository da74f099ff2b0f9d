"""S5 over TLS, of the gateway alone: the tunnels are measured without it. The clients are Python's, in this process."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.candidates import Running
from bench.facts import mint_token
from bench.processes import resident_kilobytes, tree
from bench.scenarios import WSS_GATEWAY, Effort, Metric, Reading

_OPENING_AT_ONCE = 20
_WARM_UP_SESSIONS = 20
_SETTLE_SECONDS = 0.5
_TIMEOUT_SECONDS = 30
# A fifth of the sessions of S5: handshakes of TLS take long, and the growth is as straight a line.
_FRACTION = 5

# "echo" as a masked text frame (with a mask of zeroes), and as it comes back.
_FRAME, _ECHO = b"\x81\x84\0\0\0\0echo", b"\x81\x04echo"


@dataclass(frozen=True, slots=True)
class IdleTlsSessions:
    """Memory that each open wss session takes after its first echo."""

    name: str = "S5wss"
    needs_fresh_process: bool = True

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return (Metric("S5 idle session, wss: RSS / session", "kB"),)

    def applies_to(self, candidate: str) -> bool:
        return candidate == WSS_GATEWAY

    def read(self, running: Running, effort: Effort, folder: Path) -> Reading:
        return asyncio.run(_growth(running, effort.sessions // _FRACTION))


async def _growth(running: Running, count: int) -> Reading:
    async with _sessions(running, _WARM_UP_SESSIONS):
        pass
    await asyncio.sleep(_SETTLE_SECONDS)
    pids = tree(running.process.pid)
    before = resident_kilobytes(pids)
    async with _sessions(running, count):
        await asyncio.sleep(_SETTLE_SECONDS)
        after = resident_kilobytes(pids)
    return Reading(((after - before) / count,))


@asynccontextmanager
async def _sessions(running: Running, count: int) -> AsyncIterator[None]:
    # Who answers is known, and its certificate is of this run.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    request = _upgrade_request(running)
    turn = asyncio.Semaphore(_OPENING_AT_ONCE)
    writers: list[asyncio.StreamWriter] = []

    async def open_one() -> None:
        async with turn, asyncio.timeout(_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", running.port, ssl=context)
            writers.append(writer)
            writer.write(request)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
            writer.write(_FRAME)
            assert await reader.readexactly(len(_ECHO)) == _ECHO

    try:
        await asyncio.gather(*(open_one() for _ in range(count)))
        yield
    finally:
        for writer in writers:
            writer.transport.abort()
        with suppress(OSError):
            await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


def _upgrade_request(running: Running) -> bytes:
    return (
        f"GET {running.url_path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Authorization: Bearer {mint_token()}\r\n\r\n"
    ).encode()
