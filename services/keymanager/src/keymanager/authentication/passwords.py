"""Hashes and verifies passwords with argon2id, in threads and a few at a time: one hash takes 64 MiB and a tenth of a
second, so a flood of sign-ins must neither stop the event loop nor fill the memory.

Owns no task. A cancelled caller leaves its thread to finish; the slot is free again only then.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from pwdlib import PasswordHash

MAX_PARALLEL_HASHES = 2


class Hasher(Protocol):
    """pwdlib's `PasswordHash`, or a cheaper one in tests."""

    def hash(self, password: str) -> str: ...

    def verify_and_update(self, password: str, hash: str) -> tuple[bool, str | None]: ...  # noqa: A002  # pwdlib's name


class Passwords:
    """Shared by all requests of a process."""

    def __init__(self, hasher: Hasher | None = None, *, max_parallel: int = MAX_PARALLEL_HASHES) -> None:
        self._hasher: Hasher = hasher or PasswordHash.recommended()
        self._slots = asyncio.Semaphore(max_parallel)
        self._nobodys_hash: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, *, known_hash: str | None) -> tuple[bool, str | None]:
        """Whether the password is right, and a newer hash where the stored one has become too cheap.

        Without a hash (an unknown user) the same work is done, and the answer is no.
        """
        if self._nobodys_hash is None:
            self._nobodys_hash = await self.hash("nobody has this password")
        hashed = known_hash or self._nobodys_hash
        async with self._slots:
            is_right, newer = await asyncio.to_thread(self._hasher.verify_and_update, password, hashed)
        return (is_right, newer) if known_hash else (False, None)
