"""Seals short secrets: AES-256-GCM with a key from a file, bound to the place they are for.

The file holds 32 bytes in base64 on a line. During its rotation a second line holds the older key, which opens only.
Every sealing is under a random nonce; with the few secrets of a platform a repetition is out of reach.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backends.errors import CannotOpen, UnusableSealingKey

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"


class Seal:
    """The first key seals, all of them open. `context` names the place that the content is for; only `open` with the
    same one gives it back.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]

    def close(self, content: bytes, *, context: str) -> bytes:
        """The sealed content."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._ciphers[0].encrypt(nonce, content, context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Raises `CannotOpen`."""
        nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] == _FORMAT and len(nonce) == _NONCE_BYTES:
            for cipher in self._ciphers:
                try:
                    return cipher.decrypt(nonce, content, context.encode())
                except InvalidTag:
                    continue
        raise CannotOpen("it was sealed with another key or for another place, or it has been changed")

    def close_text(self, text: str, *, context: str) -> str:
        """A text as one that a fact can carry."""
        return base64.urlsafe_b64encode(self.close(text.encode(), context=context)).decode("ascii")

    def open_text(self, sealed: str, *, context: str) -> str:
        """Raises `CannotOpen`."""
        try:
            content = base64.b64decode(sealed, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise CannotOpen("it is not base64url") from error
        return self.open(content, context=context).decode()


def credential_context(*, api_id: str, key_type: str) -> str:
    """The place of a backend's credential: one API's endpoint for one type of keys (`PRODUCTION`, `SANDBOX`)."""
    return f"backend-credential:{api_id}:{key_type}"


def read_seal(path: Path) -> Seal:
    """The seal of a key file. Raises `UnusableSealingKey` in one sentence, without the file's content."""
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UnusableSealingKey(f"cannot read {path}: {reason}") from error
    if not 1 <= len(lines) <= 2:
        raise UnusableSealingKey(f"{path} must hold one key, or two during rotation")
    return Seal([_key(line, path) for line in lines])


def _key(line: str, path: Path) -> bytes:
    try:
        key = base64.b64decode(line, altchars=b"-_" if set(line) & set("-_") else None, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UnusableSealingKey(f"a line of {path} is not {KEY_BYTES} bytes in base64")
    return key
