"""Who a token speaks for."""

from __future__ import annotations

from dataclasses import dataclass, field

REST_AUDIENCE = "sluice-rest"
DATA_PLANE_AUDIENCE = "sluice"


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified content of an access token (RFC 9068 claims). Times are seconds since 1970.

    `signing_key_id` is the `kid` that vouched for it; an opaque token has none.
    """

    subject: str
    client_id: str
    issuer: str
    audience: tuple[str, ...]
    token_id: str
    issued_at: int
    expires_at: int
    scopes: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)
    key_type: str = "PRODUCTION"
    signing_key_id: str = ""
