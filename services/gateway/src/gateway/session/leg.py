"""One side of a session as an asyncio protocol: reads from its transport, writes to the other side's.

Promises one callback and one write for each read, and backpressure: while the other side's write buffer is above
the high-water mark, this side is not read. Everything unusual is handed to the owner of the pair.
"""

import asyncio
from typing import Protocol

from gateway.session.frame_walk import FrameWalk
from gateway.session.sinks import Sink

HIGH_WATER_BYTES = 64 * 1024


class LegOwner(Protocol):
    """The pair that a leg belongs to."""

    def on_alert(self, leg: "Leg", sendable: bytes) -> None:
        """The walk of ``leg`` has stopped, now or before; ``sendable`` is not sent yet."""

    def on_end_of_stream(self, leg: "Leg") -> bool:
        """The peer of ``leg`` sends no more. Return whether its transport stays open for writing."""

    def on_lost(self, leg: "Leg") -> None:
        """The transport of ``leg`` is gone."""

    def on_writability(self, leg: "Leg", *, is_stalled: bool) -> None:
        """The write buffer of ``leg`` went over the high-water mark, or back under the low one."""


class Leg(asyncio.Protocol):
    """See the module. ``walk`` and ``sink`` belong to the direction that starts at this leg."""

    __slots__ = (
        "is_client", "is_ended", "is_lost", "is_spent", "owner", "sent_close", "sink", "stalled_since", "transport",
        "walk",
    )  # fmt: skip

    def __init__(self, transport: asyncio.Transport, *, walk: FrameWalk, sink: Sink, is_client: bool) -> None:
        self.transport = transport
        self.walk = walk
        self.sink = sink
        self.is_client = is_client
        self.owner: LegOwner
        self.is_spent = False  # its walk has stopped
        self.is_ended = False  # its peer sends no more
        self.is_lost = False  # its transport is gone
        self.sent_close = False  # its peer has been sent a Close frame
        self.stalled_since: float | None = None  # loop time; its peer does not read

    def data_received(self, data: bytes) -> None:
        """Send the bytes on."""
        sendable = self.walk.feed(data)
        if self.walk.alert:
            self.owner.on_alert(self, sendable)
        else:
            self.sink.write(sendable)

    def pause_writing(self) -> None:
        """This side reads too slowly: stop reading the other."""
        self.owner.on_writability(self, is_stalled=True)

    def resume_writing(self) -> None:
        """This side has caught up."""
        self.owner.on_writability(self, is_stalled=False)

    def eof_received(self) -> bool:
        """Tell the pair that this side sends no more."""
        return self.owner.on_end_of_stream(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the pair that this side is gone."""
        self.owner.on_lost(self)


def build_legs(
    client: asyncio.Transport, backend: asyncio.Transport, *, rsv_allowed: int, max_message_bytes: int
) -> tuple[Leg, Leg]:
    """Return the client's and the backend's leg, each writing to the other's transport."""
    from_client = FrameWalk(masked=True, rsv_allowed=rsv_allowed, max_message_bytes=max_message_bytes)
    from_backend = FrameWalk(masked=False, rsv_allowed=rsv_allowed, max_message_bytes=max_message_bytes)
    return (
        Leg(client, walk=from_client, sink=backend, is_client=True),
        Leg(backend, walk=from_backend, sink=client, is_client=False),
    )
