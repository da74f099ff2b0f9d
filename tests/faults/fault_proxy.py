"""A small TCP proxy that stands before a dependency and spoils the connections to it, by order of a test.

Everything can be changed while connections are open. Owns its listener and two tasks for each connection; `close` ends
them all.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

_CHUNK = 65536


@dataclass
class FaultProxy:
    """`latency` is added to each chunk in each direction; `bytes_per_second` slows both; `is_blackhole` holds back
    whatever comes, without closing; `is_refusing` resets new connections.
    """

    host: str
    port: int
    latency: timedelta = timedelta(0)
    bytes_per_second: float | None = None
    is_blackhole: bool = False
    is_refusing: bool = False
    accepted: int = 0
    _listener: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, *, own_port: int = 0) -> None:
        """Listens on this port of 127.0.0.1, or on a free one."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", own_port)

    @property
    def own_port(self) -> int:
        """Where clients connect instead."""
        assert self._listener is not None
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    def reset_all(self) -> None:
        """RST to both ends of every open connection."""
        for writer in tuple(self._writers):
            _reset(writer)

    def finish_all(self) -> None:
        """FIN to both ends of every open connection."""
        for writer in tuple(self._writers):
            writer.close()

    async def close(self) -> None:
        """Nothing listens and nothing is open any more."""
        if self._listener is not None:
            self._listener.close()
        self.reset_all()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.is_refusing:
            _reset(writer)
            return
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, upstream_writer}
        for source, sink in ((reader, upstream_writer), (upstream_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                await self._delay(len(chunk))
                sink.write(chunk)
                await sink.drain()
        with suppress(OSError):
            sink.close()
        self._writers.discard(sink)

    async def _delay(self, size: int) -> None:
        while self.is_blackhole:
            await asyncio.sleep(0.02)
        seconds = self.latency.total_seconds()
        if self.bytes_per_second:
            seconds += size / self.bytes_per_second
        if seconds:
            await asyncio.sleep(seconds)


@asynccontextmanager
async def fault_proxy(host: str, port: int, *, own_port: int = 0) -> AsyncIterator[FaultProxy]:
    """A proxy before `host:port`, gone at the end."""
    proxy = FaultProxy(host, port)
    await proxy.start(own_port=own_port)
    try:
        yield proxy
    finally:
        await proxy.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    # A socket that lingers for 0 s is closed with RST.
    if (raw := writer.get_extra_info("socket")) is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
