"""The compact form of a signed token (RFC 7515), read strictly: canonical base64url, no duplicate members, bounded
size.
"""

from __future__ import annotations

import json
from binascii import Error, a2b_base64
from collections.abc import Callable
from typing import Any, Final

MAX_TOKEN_CHARACTERS: Final = 8_000

# From base64url to base64; what belongs to base64 alone becomes what belongs to neither.
_TO_BASE64: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# By how many characters there are beyond the last group of four: the padding that base64 wants, and the last
# characters that leave no stray bits. One character beyond is never right, however it is padded.
_PADDING: Final = (b"", b"===", b"==", b"=")
_CANONICAL_ENDS: Final = (_ALPHABET, b"", _ALPHABET[::16], _ALPHABET[::4])


class MalformedToken(Exception):
    """The text is not a signed compact token."""


class CompactToken:
    """The parts of a token whose signature has not been verified. JSON values are of any type, hence Any.

    The header is as it was written: the tokens of one signing key share it, and `read_header` need not read it again.
    """

    __slots__ = ("claims", "header", "signature", "signing_input")

    def __init__(self, header: bytes, claims: dict[str, Any], signing_input: bytes, signature: bytes) -> None:
        self.header = header
        self.claims = claims
        self.signing_input = signing_input
        self.signature = signature


def parse(token: str) -> CompactToken:
    """Raises `MalformedToken`."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise MalformedToken("it is too long")
    try:
        signing_input, _, signature = token.encode("ascii").rpartition(b".")
    except UnicodeEncodeError as error:
        raise MalformedToken("it is not base64url") from error
    header, dot, claims = signing_input.partition(b".")
    if not dot or b"." in claims:
        raise MalformedToken("it does not have three parts")
    return CompactToken(header, _object(claims), signing_input, _decode_base64url(signature))


def read_header(header: bytes) -> dict[str, Any]:
    """Raises `MalformedToken`."""
    return _object(header)


def _decode_base64url(segment: bytes) -> bytes:
    """Only the one canonical spelling of the bytes is accepted (no padding, no stray bits at the end)."""
    beyond = len(segment) % 4
    try:
        decoded = a2b_base64(segment.translate(_TO_BASE64) + _PADDING[beyond], strict_mode=True)
    except Error as error:
        raise MalformedToken("it is not base64url") from error
    if not segment:
        raise MalformedToken("it is not base64url")
    if segment[-1] not in _CANONICAL_ENDS[beyond]:
        raise MalformedToken("its base64url is not canonical")
    return decoded


def _object(segment: bytes) -> dict[str, Any]:
    try:
        text = _decode_base64url(segment).decode("utf-8").strip(_SPACE)
        value, end = _SCAN(text, 0)
    except (ValueError, StopIteration, RecursionError) as error:
        raise MalformedToken("it does not hold JSON objects") from error
    if end != len(text) or not isinstance(value, dict):
        raise MalformedToken("it does not hold JSON objects")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a JSON member is given twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# RFC 8259, 2.
_SPACE: Final = " \t\n\r"

# `json.loads` would make a decoder for each token, and a decoder looks for space with patterns. The scanner raises
# StopIteration where no value begins.
_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_SCAN: Final[Callable[[str, int], tuple[Any, int]]] = _DECODER.scan_once  # type: ignore[attr-defined]  # unknown to typeshed
