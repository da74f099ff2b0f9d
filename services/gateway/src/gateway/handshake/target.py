"""The request target: split, and its path brought to the one form that routing, rights and the backend all use.

Promises (RFC 3986, 6.2.2) that unreserved characters are not percent-encoded, escapes are upper case, and empty
segments are gone. What another parser could read as a different path is refused rather than resolved: dot segments,
encoded slashes, backslashes, control bytes, UTF-8 that is not valid.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

_PLAIN_PATH: Final = re.compile(r"(?:/[A-Za-z0-9\-_~!$&'()*+,;=:@][A-Za-z0-9\-._~!$&'()*+,;=:@]*)+/?|/")
_PATH: Final = re.compile(r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
_QUERY: Final = re.compile(r"[!\"$-~]*")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_REFUSED: Final = re.compile(rb"[\x00-\x1f\x7f\\]")


class MalformedTarget(ValueError):
    """The target is not a path, or one that could be read in two ways. The text is public."""


class Target:
    """A normal path, and the query as it was written (without the question mark)."""

    __slots__ = ("path", "query")

    def __init__(self, path: str, query: str) -> None:
        self.path = path
        self.query = query


def parse_target(target: str) -> Target:
    """Take an origin-form target apart (RFC 9112, 3.2.1). Raises MalformedTarget."""
    path, _, query = target.partition("?")
    if query and not _QUERY.fullmatch(query):
        raise MalformedTarget("The query holds a character that a URI cannot have.")
    if not _PLAIN_PATH.fullmatch(path):
        path = _normalise(path)
    return Target(path, query)


def _normalise(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise MalformedTarget("The path holds a character that a path cannot have, or is not a path.")
    path = _ESCAPE.sub(_normal_escape, path)
    if "%2F" in path or _REFUSED.search(_decode(path)):
        raise MalformedTarget("The path holds an encoded slash, a backslash or a control character.")
    segments = path.split("/")
    if "." in segments or ".." in segments:
        raise MalformedTarget("The path holds a dot segment.")
    kept = [segment for segment in segments if segment]
    return "/" + "/".join(kept) + ("/" if kept and not segments[-1] else "")


def _normal_escape(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _decode(path: str) -> bytes:
    decoded = unquote_to_bytes(path)
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedTarget("The path is not valid UTF-8.") from error
    return decoded
