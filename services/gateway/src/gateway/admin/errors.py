"""What the admin port refuses, beside what `hosting` refuses everywhere.

SluiceError
├── NoSelector
└── UnknownSession
"""

from __future__ import annotations

from telemetry.problem import SluiceError


class NoSelector(SluiceError):
    """An order that would mean every session of the gateway."""

    code = 400
    message = "Bad Request"


class UnknownSession(SluiceError):
    """The session is not open here."""

    code = 404
    message = "Not Found"


STATUSES: dict[type[SluiceError], int] = {NoSelector: 400, UnknownSession: 404}
