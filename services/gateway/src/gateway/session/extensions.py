"""What the negotiated extensions mean for frames: which reserved bits they may carry, and what may not be dropped."""

from typing import Final, NamedTuple

RSV1: Final = 0x40
ALL_RSV: Final = 0x70
_EVERY_MESSAGE: Final = 0xFF


class Extensions(NamedTuple):
    """``rsv_allowed``: the RSV bits that frames may carry (RFC 6455, 5.2; RFC 7692, 6).

    ``indivisible_from_…``: bits of a message's first byte that say that later messages of that direction are compressed
    with it as context, so that without it they could not be read.
    """

    rsv_allowed: int = 0
    indivisible_from_client: int = 0
    indivisible_from_backend: int = 0


NO_EXTENSIONS: Final = Extensions()

# Nothing is known of what their frames mean to each other.
UNKNOWN_EXTENSIONS: Final = Extensions(ALL_RSV, _EVERY_MESSAGE, _EVERY_MESSAGE)


def permessage_deflate(*, client_takes_over: bool, server_takes_over: bool) -> Extensions:
    """RFC 7692, 7.1.1: a side that takes its context over compresses each message with those before it."""
    return Extensions(RSV1, RSV1 if client_takes_over else 0, RSV1 if server_takes_over else 0)
