"""Who a token speaks for."""

from __future__ import annotations

from dataclasses import dataclass

_NOTHING: frozenset[str] = frozenset()

REST_AUDIENCE = "sluice-rest"
DATA_PLANE_AUDIENCE = "sluice"


@dataclass(slots=True, init=False)
class Principal:
    """The verified content of an access token (RFC 9068 claims). Times are seconds since 1970. Not to be changed.

    `signing_key_id` is the `kid` that vouched for it; an opaque token has none.
    """

    subject: str
    client_id: str
    issuer: str
    audience: tuple[str, ...]
    token_id: str
    issued_at: int
    expires_at: int
    scopes: frozenset[str]
    roles: frozenset[str]
    key_type: str
    signing_key_id: str

    # Written out, for every token that was not seen before makes one (decision 0010).
    def __init__(
        self,
        subject: str,
        client_id: str,
        issuer: str,
        audience: tuple[str, ...],
        token_id: str,
        *,
        issued_at: int,
        expires_at: int,
        scopes: frozenset[str] = _NOTHING,
        roles: frozenset[str] = _NOTHING,
        key_type: str = "PRODUCTION",
        signing_key_id: str = "",
    ) -> None:
        self.subject = subject
        self.client_id = client_id
        self.issuer = issuer
        self.audience = audience
        self.token_id = token_id
        self.issued_at = issued_at
        self.expires_at = expires_at
        self.scopes = scopes
        self.roles = roles
        self.key_type = key_type
        self.signing_key_id = signing_key_id
