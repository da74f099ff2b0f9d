"""The compact form of a signed token (RFC 7515), read strictly: canonical base64url, no duplicate members, bounded
size.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

MAX_TOKEN_CHARACTERS = 8_000

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")


class MalformedToken(Exception):
    """The text is not a signed compact token."""


@dataclass(frozen=True, slots=True)
class CompactToken:
    """The parts of a token whose signature has not been verified. JSON values are of any type, hence Any."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes


def parse(token: str) -> CompactToken:
    """Raises `MalformedToken`."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise MalformedToken("it is too long")
    segments = token.split(".")
    if len(segments) != 3:
        raise MalformedToken("it does not have three parts")
    header, claims, signature = segments
    return CompactToken(
        _object(header), _object(claims), f"{header}.{claims}".encode("ascii"), decode_base64url(signature)
    )


def decode_base64url(segment: str) -> bytes:
    """Only the one canonical spelling of the bytes is accepted (no padding, no stray bits at the end)."""
    if not _SEGMENT.fullmatch(segment):
        raise MalformedToken("it is not base64url")
    try:
        decoded = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except binascii.Error as error:
        raise MalformedToken("it is not base64url") from error
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii") != segment:
        raise MalformedToken("its base64url is not canonical")
    return decoded


def _object(segment: str) -> dict[str, Any]:
    try:
        text = decode_base64url(segment).decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedToken("it does not hold JSON objects") from error
    if not isinstance(value, dict):
        raise MalformedToken("it does not hold JSON objects")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a JSON member is given twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
