"""Random secrets: client secrets and reference tokens. Only their SHA-256 is ever stored (256 bits need no salt)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

MAX_LIVE_SECRETS = 10
"""How many secrets of a client work at a time; the oldest goes when one more is made."""

REFERENCE_TOKEN_PREFIX = "slr_"  # noqa: S105  # how such a token is recognised, not one

_RANDOM_BYTES = 32
# Compared with where there is no client, so that an unknown one costs what a wrong secret costs.
_NOBODYS_HASHES = (hashlib.sha256(b"nobody").hexdigest(),)


def new_client_id() -> str:
    return secrets.token_urlsafe(18).replace("-", "0").replace("_", "1")


def new_client_secret() -> str:
    return secrets.token_urlsafe(_RANDOM_BYTES)


def new_reference_token() -> str:
    return REFERENCE_TOKEN_PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def new_token_id() -> str:
    return secrets.token_urlsafe(16)


def hash_secret(secret: str) -> str:
    """Lower-case hexadecimal SHA-256, as the fact `keymanager.reference_token` has it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret_of(hashes: Sequence[str], *, secret: str) -> bool:
    """Whether it is one of them, in constant time for each. Without hashes the same work is done for nobody."""
    given = hash_secret(secret)
    matches = [hmac.compare_digest(given, known) for known in hashes or _NOBODYS_HASHES]
    return bool(hashes) and any(matches)
