"""Seals private keys at rest: AES-256-GCM with a key from a file, bound to the id of what is sealed.

The file holds 32 bytes in base64 on a line. During its rotation a second line holds the older key, which opens only.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hosting.settings import UnusableSettings

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"


class CannotOpen(Exception):
    """What is sealed was sealed with another key, or has been changed."""


class Seal:
    """The first key seals, all of them open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]

    def close(self, content: bytes, *, name: str) -> bytes:
        """Only `open` with the same name gives the content back."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._ciphers[0].encrypt(nonce, content, name.encode())

    def open(self, sealed: bytes, *, name: str) -> bytes:
        """Raises `CannotOpen`."""
        nonce, content = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] == _FORMAT:
            for cipher in self._ciphers:
                try:
                    return cipher.decrypt(nonce, content, name.encode())
                except InvalidTag:
                    continue
        raise CannotOpen(f"the signing key {name} does not open with the key of KEYMANAGER_ENCRYPTION_KEY_FILE")


def read_seal(path: Path) -> Seal:
    """The seal of a key file. Raises `UnusableSettings` in one sentence, without the file's content."""
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UnusableSettings(f"KEYMANAGER_ENCRYPTION_KEY_FILE: cannot read {path}: {reason}") from error
    if not 1 <= len(lines) <= 2:
        raise UnusableSettings(f"KEYMANAGER_ENCRYPTION_KEY_FILE: {path} must hold one key, or two during rotation")
    return Seal([_key(line, path) for line in lines])


def _key(line: str, path: Path) -> bytes:
    try:
        key = base64.b64decode(line, altchars=b"-_" if set(line) & set("-_") else None, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UnusableSettings(f"KEYMANAGER_ENCRYPTION_KEY_FILE: a line of {path} is not {KEY_BYTES} bytes in base64")
    return key
