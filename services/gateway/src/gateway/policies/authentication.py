"""Whose token it is: a JWT verified here, or an opaque reference token known as a fact. Nobody is asked.

The two are told apart by their form: a JWT has dots, a reference token has none. A JWT is either an access token, or
the internal test key of one API: its audience is that API's id, which the verifier believes of the resident key
manager only.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from contracts.keymanager import ReferenceToken
from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.verdict import MayArrive
from gateway.routing.route_table import RouteTable
from tokens import (
    DATA_PLANE_AUDIENCE,
    LEEWAY_SECONDS,
    ExpiredToken,
    InvalidToken,
    Principal,
    RevokedToken,
    TokenVerifier,
    TrustStore,
)

# A reconnect storm of so many clients pays for no signature twice; a principal takes about a kilobyte.
_REMEMBERED = 20_000


def is_test_key(principal: Principal) -> bool:
    """Whether an authenticated principal holds the test key of the API it asked for."""
    return DATA_PLANE_AUDIENCE not in principal.audience


class Authentication:
    """`clock` gives seconds since 1970."""

    def __init__(self, trust: TrustStore, *, clock: Callable[[], float] = time.time) -> None:
        self._trust = trust
        self._verifier = TokenVerifier(trust, audience=DATA_PLANE_AUDIENCE, clock=clock, remembered=_REMEMBERED)
        self._clock = clock

    def authenticate(self, token: str, table: RouteTable, *, api_id: str) -> Principal | Refusal | MayArrive:
        """The principal, or why not; `MayArrive` where a fact about the token may be on its way."""
        if "." in token:
            return self._verify(token, api_id)
        return self._look_up(hashlib.sha256(token.encode()).hexdigest(), table)

    def renew(self, principal: Principal, table: RouteTable) -> Principal | Refusal | MayArrive:
        """Judges by the facts of now who was authenticated before; the token itself is not needed for it."""
        if not principal.signing_key_id:
            return self._look_up(principal.token_id, table)
        key = self._trust.find_key(principal.signing_key_id)
        if key is None or key.issuer != principal.issuer:
            return refusals.INVALID_CREDENTIALS
        return self._refusal_by_now(principal) or principal

    def _verify(self, token: str, api_id: str) -> Principal | Refusal:
        try:
            principal = self._verifier.verify(token, or_for=(api_id,))
        except ExpiredToken:
            return refusals.EXPIRED_TOKEN
        except RevokedToken:
            return refusals.INACTIVE_TOKEN
        except InvalidToken as error:
            return refusals.INVALID_CREDENTIALS.described(f"The access token is not valid: {error}.")
        return principal

    def _look_up(self, token_hash: str, table: RouteTable) -> Principal | Refusal | MayArrive:
        fact = table.reference_token(token_hash)
        if fact is None:
            is_revoked = table.was_deleted(ReferenceToken, token_hash)
            return refusals.INACTIVE_TOKEN if is_revoked else MayArrive(refusals.INVALID_CREDENTIALS)
        principal = _principal(fact)
        if self._trust.issuer(fact.issuer) is None:
            return refusals.INVALID_CREDENTIALS
        return self._refusal_by_now(principal) or principal

    def _refusal_by_now(self, principal: Principal) -> Refusal | None:
        if self._clock() >= principal.expires_at + LEEWAY_SECONDS:
            return refusals.EXPIRED_TOKEN
        is_revoked = self._trust.is_revoked(
            token_id=principal.token_id,
            client_id=principal.client_id,
            subject=principal.subject,
            issued_at=principal.issued_at,
        )
        return refusals.INACTIVE_TOKEN if is_revoked else None


def _principal(fact: ReferenceToken) -> Principal:
    return Principal(
        subject=fact.subject,
        client_id=fact.client_id,
        issuer=fact.issuer,
        audience=(DATA_PLANE_AUDIENCE,),
        token_id=fact.hash,
        issued_at=int(fact.issued_at.timestamp()),
        expires_at=int(fact.expires_at.timestamp()),
        scopes=frozenset(fact.scopes),
        key_type=fact.key_type,
    )
