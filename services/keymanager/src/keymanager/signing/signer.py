"""Signs access tokens with the newest signing key of the database, which is opened once and kept in memory.

Constructing a key from PEM costs a hundred times a signature, so it is not done for each token. Another replica may
have made a newer key: the database is asked again once a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jose import jwk, jws
from jose.backends.base import Key

from backends.sealing import Seal
from keymanager.errors import NotReady
from keymanager.store.signing_keys import SigningKeyStore
from outbox import Database
from tokens.key_pairs import Algorithm

_LOOK_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _OpenKey:
    kid: str
    key: Key


class Signer:
    """One for each process; `sign` is called by every token that is issued."""

    def __init__(
        self, database: Database, seal: Seal, *, algorithm: Algorithm, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._seal = seal
        self._algorithm = algorithm
        self._clock = clock
        self._open_key: _OpenKey | None = None
        self._looked_at = 0.0

    async def sign(self, claims: Mapping[str, object]) -> str:
        """A JWT of type `at+jwt` (RFC 9068 2.1). Raises `NotReady` before the first key is made."""
        key = await self._current()
        headers = {"typ": "at+jwt", "kid": key.kid}
        return jws.sign(dict(claims), key.key, headers=headers, algorithm=self._algorithm)

    async def _current(self) -> _OpenKey:
        now = self._clock()
        if self._open_key is None or now - self._looked_at > _LOOK_EVERY_SECONDS:
            self._open_key = await self._load(self._open_key)
            self._looked_at = now
        return self._open_key

    async def _load(self, known: _OpenKey | None) -> _OpenKey:
        async with self._database.reading() as session:
            row = await SigningKeyStore(session).newest(self._algorithm)
        if row is None:
            raise NotReady("The key manager has not made its signing key yet.")
        if known is not None and known.kid == row.kid:
            return known
        pem = self._seal.open(row.sealed_private_key, context=row.kid)
        return _OpenKey(row.kid, jwk.construct(pem.decode("ascii"), algorithm=self._algorithm))
