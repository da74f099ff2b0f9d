"""Signs what a gateway tells a backend of who connects (`X-JWT-Assertion`), with a key that nobody else has.

The key is made with the signer and ends with it: there is no file to keep, and the public half is told as a fact.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping

from jose import jwk, jws

from tokens.key_pairs import Algorithm, new_key_pair

# An assertion is for one handshake, so it need not outlive the clocks' difference by much.
ASSERTION_SECONDS = 60

_ALGORITHM: Algorithm = "ES256"


class AssertionSigner:
    """`clock` gives seconds since 1970."""

    def __init__(self, *, issuer: str, clock: Callable[[], float] = time.time) -> None:
        pair = new_key_pair(_ALGORITHM)
        self.public_jwk = pair.public_jwk
        self._issuer = issuer
        self._clock = clock
        self._headers = {"typ": "JWT", "kid": pair.kid}
        # Constructed once: the library signs many times slower when it has to read the PEM first.
        self._key = jwk.construct(pair.private_pem.decode("ascii"), algorithm=_ALGORITHM)

    def sign(self, subject: str, claims: Mapping[str, object]) -> str:
        """A JWT (RFC 7519) with these claims, and `iss`, `sub`, `iat`, `exp` and `jti`."""
        now = int(self._clock())
        registered = {
            "iss": self._issuer,
            "sub": subject,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": secrets.token_urlsafe(16),
        }
        return jws.sign({**claims, **registered}, self._key, headers=self._headers, algorithm=_ALGORITHM)
