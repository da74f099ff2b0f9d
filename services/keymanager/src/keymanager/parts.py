"""What the use cases work with, put together once by `bootstrap`. Tests put in other parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backends.sealing import Seal
from keymanager.authentication.attempts import Attempts
from keymanager.authentication.passwords import Passwords
from keymanager.signing.signer import Signer
from keymanager.usecases.revocations import Revocations
from outbox import Database, Outbox
from tokens.key_pairs import Algorithm

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """`issuer` is the public URL, byte for byte; lifetimes are seconds."""

    issuer: str
    algorithm: Algorithm
    max_lifetime: int


@dataclass(frozen=True, slots=True)
class Parts:
    """One for each process. `clock` gives aware moments in UTC."""

    database: Database
    outbox: Outbox
    passwords: Passwords
    attempts: Attempts
    seal: Seal
    signer: Signer
    revocations: Revocations
    policy: TokenPolicy
    clock: Clock
