"""OAuth clients: three kinds that never mix. Which kind a client is decides what its tokens are good for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from keymanager.errors import InvalidInput
from telemetry.problem import FieldError

CLIENT_CREDENTIALS = "client_credentials"
DEFAULT_VALIDITY_SECONDS = 3600
PUBLISHER_CLIENT = "sluice-publisher"
DEVPORTAL_CLIENT = "sluice-devportal"


class ClientKind(StrEnum):
    """REST clients are registered by users, application clients are consumer keys, service clients are our own."""

    REST = "rest"
    APPLICATION = "application"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Client:
    """A client that has proved who it is. `owner` is a user name; a service client has none."""

    client_id: str
    kind: ClientKind
    owner: str | None
    grant_types: tuple[str, ...]
    validity_seconds: int


@dataclass(frozen=True, slots=True)
class Application:
    """What the key manager knows of an application: whose it is and what its tokens are."""

    id: str
    owner: str
    token_type: str


def check_lifetime(seconds: int, *, longest: int, pointer: str) -> int:
    """The lifetime, where tokens may live so long. Raises `InvalidInput`."""
    if not 0 < seconds <= longest:
        detail = f"A token lives 1 to {longest} seconds."
        raise InvalidInput(detail, errors=[FieldError(pointer, detail)])
    return seconds
