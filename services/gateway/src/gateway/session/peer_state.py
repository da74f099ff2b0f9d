"""What the kernel knows of a peer that we do not read from, so that a dead one is found behind a pause, too (Linux)."""

import asyncio
import fcntl
import socket
import struct
import termios
from typing import Final, NamedTuple

_ESTABLISHED: Final = 1
_TCP_INFO: Final = getattr(socket, "TCP_INFO", None)  # Absent where there is no such thing.
_INFO: Final = struct.Struct("=B55xI")  # struct tcp_info: tcpi_state, and tcpi_last_ack_recv in ms


class PeerState(NamedTuple):
    """``unacknowledged``: bytes that the peer's kernel has not taken yet; ``silent_seconds``: since it took any."""

    is_connected: bool
    unacknowledged: int
    silent_seconds: float


def peer_state(transport: asyncio.Transport) -> PeerState | None:
    """None where the kernel does not tell."""
    connection = transport.get_extra_info("socket")
    if connection is None or _TCP_INFO is None:
        return None
    try:
        state, last_ack_ms = _INFO.unpack(connection.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _INFO.size))
        queued = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    except OSError:
        return None
    return PeerState(state == _ESTABLISHED, int.from_bytes(queued, "little"), last_ack_ms / 1000)
