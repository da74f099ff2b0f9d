"""Sessions between transports in memory, whose counters a test moves by sending frames."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

from gateway.session.close_timeouts import CloseTimeouts
from gateway.session.limits import UNLIMITED
from gateway.session.registry import SessionRegistry
from gateway.session.session import Session, SessionLabels
from services.gateway.tests.session.legs import MemoryTransport

_NUMBERS: Iterator[int] = count(1)


class Transport(MemoryTransport):
    """Ends at once when it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol: asyncio.BaseProtocol | None = None
        self.is_gone = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered."""

    def is_closing(self) -> bool:
        return self.is_gone

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if not self.is_gone:
            self.is_gone = True
            assert self.protocol is not None
            self.protocol.connection_lost(None)


class Line:
    """An open session in a registry."""

    def __init__(self, registry: SessionRegistry, **labels: str) -> None:
        self._client, self._backend = Transport(), Transport()
        wanted = {"api_id": "a1", "application_id": "app1", "plan": "Gold", "user": "sue"} | labels
        self.session = Session(
            f"s{next(_NUMBERS)}",
            labels=SessionLabels(**wanted),
            opened_at=1_767_355_200.0,
            client_address="192.0.2.1",
            expires_at=None,
            on_closed=registry.remove,
        )
        registry.add(self.session)
        self.session.start(self._client, self._backend, first_frames=b"", limits=UNLIMITED, timeouts=CloseTimeouts())

    def send(self, text: bytes, *, times: int = 1) -> None:
        """So many messages from the client."""
        assert isinstance(self._client.protocol, asyncio.Protocol)
        frame = bytes((0x81, 0x80 | len(text))) + b"\0\0\0\0" + text
        self._client.protocol.data_received(frame * times)

    def end(self) -> None:
        """Both sides go away."""
        self._client.abort()
        self._backend.abort()
