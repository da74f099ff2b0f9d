"""How long a closing session may last. The only timer that a session has of its own."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class CloseTimeouts:
    """``answer``: how long the backend may still answer a client that broke the protocol.

    ``linger``: how long both TCP connections may stay open after the first Close frame or the loss of a side.
    """

    answer: timedelta = timedelta(seconds=1)
    linger: timedelta = timedelta(seconds=5)
