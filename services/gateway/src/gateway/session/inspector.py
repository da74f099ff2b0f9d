"""What the relay asks of whoever looks into messages. The Protocol belongs to this side; `gateway.inspection`
implements it. A session without an inspector never holds a message and pays nothing.
"""

from typing import NamedTuple, Protocol

from gateway.session.close_codes import CloseCode


class Finding(NamedTuple):
    """What is wrong with a message and what follows: the session is closed with ``close_code``, or else the message is
    dropped unless ``is_forwarded``, and its sender gets ``answer`` (a text) unless that is empty.
    """

    reason: str
    close_code: CloseCode | None = None
    is_forwarded: bool = False
    answer: str = ""


class Inspector(Protocol):
    """Looks into the messages of one direction of one session."""

    @property
    def max_held_bytes(self) -> int:
        """Of wire bytes of one message: longer ones are closed with 1009 without being looked at."""

    def wants(self, first_byte: int) -> bool:
        """Whether the message that begins so is to be shown to it. Only such messages are held until they are whole."""

    def inspect(self, frames: bytes) -> Finding | None:
        """Look at all data frames of one message, as on the wire; None when nothing is wrong. Must not raise."""


class Inspectors(NamedTuple):
    """Those of the two directions of a session, where there are any."""

    from_client: Inspector | None = None
    from_backend: Inspector | None = None


NO_INSPECTORS = Inspectors()
