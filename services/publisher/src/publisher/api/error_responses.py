"""Which HTTP status each of the publisher's errors is."""

from __future__ import annotations

from publisher.errors import Conflict, Forbidden, InvalidInput, KeyManagerAway, NotFound, StaleVersion, TooLarge
from telemetry.problem import SluiceError

_STATUSES: tuple[tuple[type[SluiceError], int], ...] = (
    (InvalidInput, 400),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (StaleVersion, 412),
    (TooLarge, 413),
    (KeyManagerAway, 503),
)


def status_of(error: SluiceError) -> int:
    """500 for an error that nobody mapped: a bug."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
