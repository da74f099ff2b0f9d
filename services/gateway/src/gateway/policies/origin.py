"""Which web pages may open a WebSocket to an API: browsers tell the page's origin, and cannot be made to lie about it
(RFC 6455, 10.2).

Promises that an API with a list of origins is reached from those pages and the portals' only. A client that is no
browser has no Origin; it needs a token anyway, so it passes, except to an open channel. Cookies are never a
credential, so an API without a list gives nothing to a foreign page that it did not have before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from gateway.handshake import refusals
from gateway.handshake.refusal import Refusal
from gateway.policies.candidate import Candidate

ANY_ORIGIN = "*"

# A star stands for letters of a host name or port, so `https://*.good.test` is never `https://x.test/.good.test`.
_STAR = "[a-z0-9.-]+"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class OriginCheck:
    """`always`: origins that may use every API, such as the portals'."""

    def __init__(self, always: Iterable[str] = ()) -> None:
        self._always = allowed_origins(tuple(always))

    def __call__(self, candidate: Candidate) -> Refusal | None:
        """See the module."""
        patterns = candidate.route.deployment.origins
        if patterns is None or ANY_ORIGIN in patterns:
            return None
        origin = candidate.attempt.head.first("origin")
        if origin is None:
            return refusals.ORIGIN_REFUSED if candidate.channel.is_open else None
        is_allowed = origin in allowed_origins(patterns) or origin in self._always
        return None if is_allowed else refusals.ORIGIN_REFUSED


@dataclass(frozen=True, slots=True)
class AllowedOrigins:
    """A list of origins, ready to be asked. What browsers send is compared letter by letter: they write scheme and host
    in lower case and leave the default port out (RFC 6454, 6.2)."""

    exact: frozenset[str]
    pattern: re.Pattern[str] | None

    def __contains__(self, origin: str) -> bool:
        return origin in self.exact or (self.pattern is not None and self.pattern.fullmatch(origin) is not None)


@lru_cache(maxsize=10_000)
def allowed_origins(written: tuple[str, ...]) -> AllowedOrigins:
    """The origins as people wrote them; a `*` inside stands for any part of a host name, or any port."""
    origins = [_serialised(origin) for origin in written]
    with_star = [
        "".join(_STAR if part == "*" else re.escape(part) for part in re.split(r"(\*)", origin))
        for origin in origins
        if "*" in origin
    ]
    pattern = re.compile("|".join(f"(?:{each})" for each in with_star)) if with_star else None
    return AllowedOrigins(frozenset(origin for origin in origins if "*" not in origin), pattern)


def _serialised(origin: str) -> str:
    origin = origin.strip().rstrip("/").lower()
    return origin.removesuffix(_DEFAULT_PORTS.get(origin.partition(":")[0], "/"))
