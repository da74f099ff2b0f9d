"""Verifies JWT access tokens (RFC 9068) against the trust store, without leaving the process.

The checks are made here by hand, each citing its source: python-jose's own are optional where they must not be.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final

from contracts.keymanager import RESIDENT_KEY_MANAGER, Issuer
from tokens.compact import CompactToken, MalformedToken, parse, read_header
from tokens.memory import VerifiedHeaders, VerifiedTokens
from tokens.principal import DATA_PLANE_AUDIENCE, Principal
from tokens.trust import TrustStore, VerificationKey

LEEWAY_SECONDS: Final = 30
MAX_LIFETIME_SECONDS = 24 * 3600

_TYPES = frozenset({"at+jwt", "application/at+jwt"})


class InvalidToken(Exception):
    """A token that does not count. The text says why, without the token."""


class ExpiredToken(InvalidToken):
    """The token was good until its `exp`."""


class RevokedToken(InvalidToken):
    """The token was revoked, by itself or with its client or subject."""


class TokenVerifier:
    """Verifies for one audience. `clock` gives seconds since 1970. `remembered`: of so many tokens the signature is
    not verified again while they live; revocation and expiry are looked at each time.
    """

    def __init__(
        self,
        trust: TrustStore,
        *,
        audience: str,
        clock: Callable[[], float] = time.time,
        max_lifetime: int = MAX_LIFETIME_SECONDS,
        remembered: int = 0,
    ) -> None:
        self._trust = trust
        self._audience = audience
        self._clock = clock
        self._max_lifetime = max_lifetime
        self._verified = VerifiedTokens(trust, capacity=remembered)
        self._headers = VerifiedHeaders(trust)

    def verify(self, token: str, *, or_for: Collection[str] = ()) -> Principal:
        """The principal of a token for the audience, or for one of `or_for`. Raises `InvalidToken`: `ExpiredToken` or
        `RevokedToken` where the token was good once.
        """
        principal = self._verified.principal(token, verify=self._read)
        if self._clock() >= principal.expires_at + LEEWAY_SECONDS:
            raise ExpiredToken("it is expired")
        if self._audience not in principal.audience and not any(each in principal.audience for each in or_for):
            raise InvalidToken("it is for another audience")
        if self._trust.is_revoked(
            token_id=principal.token_id,
            client_id=principal.client_id,
            subject=principal.subject,
            issued_at=principal.issued_at,
        ):
            raise RevokedToken("it is revoked")
        return principal

    def _read(self, token: str) -> Principal:
        """What does not change while the token and its key live: form, signature, issuer, claims."""
        try:
            compact = parse(token)
            known = self._headers.find(compact.header)
            key = known or self._key(read_header(compact.header))
        except MalformedToken as error:
            raise InvalidToken(str(error)) from error
        if not key.key.has_signed(compact.signing_input, compact.signature):
            raise InvalidToken("its signature is wrong")
        if known is None:
            self._headers.add(compact.header, key)
        issuer = self._issuer(compact, key)
        principal = _principal(compact.claims, issuer, key, audience=_audience_of(compact.claims, issuer))
        self._check_times(compact.claims, principal)
        return principal

    def _key(self, header: dict[str, Any]) -> VerificationKey:
        # RFC 7515 4.1.11: what is critical and not understood is refused; nothing is understood here.
        if "crit" in header:
            raise InvalidToken("it has critical extensions")
        # RFC 9068 4: other kinds of JWT (ID tokens, say) are no access tokens.
        typ = header.get("typ")
        if not isinstance(typ, str) or typ.lower() not in _TYPES:
            raise InvalidToken("it is not of type at+jwt")
        kid = header.get("kid")
        key = self._trust.find_key(kid) if isinstance(kid, str) else None
        if key is None:
            raise InvalidToken("it is signed with an unknown key")
        # RFC 8725 3.1: the algorithm is the key's, the header only has to agree.
        if header.get("alg") != key.algorithm:
            raise InvalidToken("it is signed with another algorithm than its key's")
        return key

    def _issuer(self, compact: CompactToken, key: VerificationKey) -> Issuer:
        name = compact.claims.get("iss")
        issuer = self._trust.issuer(name) if isinstance(name, str) else None
        if issuer is None or issuer.issuer != key.issuer:
            raise InvalidToken("it is of another issuer")
        return issuer

    def _check_times(self, claims: dict[str, Any], principal: Principal) -> None:
        now = self._clock()
        if principal.issued_at > now + LEEWAY_SECONDS:
            raise InvalidToken("it was issued in the future")
        if "nbf" in claims and _seconds(claims, "nbf") > now + LEEWAY_SECONDS:
            raise InvalidToken("it is not valid yet")
        if principal.expires_at - principal.issued_at > self._max_lifetime:
            raise InvalidToken("it lives longer than tokens may")


def _principal(claims: dict[str, Any], issuer: Issuer, key: VerificationKey, *, audience: tuple[str, ...]) -> Principal:
    return Principal(
        subject=_text(claims, "sub"),
        client_id=sys.intern(_text(claims, issuer.consumer_key_claim)),
        issuer=issuer.issuer,
        audience=audience,
        token_id=_text(claims, "jti"),
        issued_at=_seconds(claims, "iat"),
        expires_at=_seconds(claims, "exp"),
        scopes=_scopes(claims, issuer.scopes_claim),
        roles=frozenset(_texts(claims, "roles")) if "roles" in claims else _NO_ROLES,
        key_type=sys.intern(_text(claims, "keytype")) if "keytype" in claims else "PRODUCTION",
        signing_key_id=key.kid,
    )


def _audience_of(claims: dict[str, Any], issuer: Issuer) -> tuple[str, ...]:
    """The resident key manager's tokens are for whom they say. Others know nothing of us: their tokens for the audience
    that was agreed are for the data plane, and for nothing else, never for REST and never a test key.
    """
    audience = _audience(claims)
    if issuer.name == RESIDENT_KEY_MANAGER:
        return audience
    if issuer.audience not in audience:
        raise InvalidToken("it is for another audience")
    return _shared_audience(DATA_PLANE_AUDIENCE)


# The many tokens of a client differ in little, and a gateway remembers one principal for each: what is equal is one
# object.


@lru_cache(maxsize=1_000)
def _shared_audience(*audience: str) -> tuple[str, ...]:
    return audience


@lru_cache(maxsize=10_000)
def _shared_scopes(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NO_ROLES: Final[frozenset[str]] = frozenset()


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"its claim {name} is missing")
    return value


def _seconds(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    # A bool is an int in Python, and a time beyond the year 9999 is a mistake or a trick.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 253_402_300_800:
        raise InvalidToken(f"its claim {name} is not a time")
    return value


def _audience(claims: dict[str, Any]) -> tuple[str, ...]:
    value = claims.get("aud")
    return _shared_audience(value) if isinstance(value, str) else _shared_audience(*_texts(claims, "aud"))


def _scopes(claims: dict[str, Any], name: str) -> frozenset[str]:
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise InvalidToken(f"its claim {name} is not a text")
    return _shared_scopes(value)


def _texts(claims: dict[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidToken(f"its claim {name} is not a list of texts")
    return tuple(value)
