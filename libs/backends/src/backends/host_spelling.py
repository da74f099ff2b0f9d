"""How a host may be written: a name, or an address in its one plain spelling.

Resolvers also read `127.1`, `0x7f000001`, `2130706433` or `①②⑦.⓪.⓪.①` as addresses. None of these passes: a host that
ends in a number is an address (as in the URL standard of WHATWG), and an address is four plain decimals, or IPv6.
"""

from __future__ import annotations

import ipaddress
import re

from backends.errors import ForbiddenBackend

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_V6 = re.compile(r"\[[0-9a-f:.]+\]|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII | re.IGNORECASE)


def plain_name(host: str) -> str:
    """A name as it is compared: lower case, without the dot of the root."""
    return host.lower().removesuffix(".")


def check_host_spelling(host: str) -> IPAddress | None:
    """The address that the host is, or None where it is a name to look up. IPv6 with or without brackets.

    Raises `ForbiddenBackend` for everything else.
    """
    if _V6.fullmatch(host):
        return _address(host.removeprefix("[").removesuffix("]"))
    name = plain_name(host)
    if not _NAME.fullmatch(name):
        raise ForbiddenBackend("the host is neither a name of ASCII letters, digits, '-', '_' and '.' nor an address")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _address(host)
    return None


def _address(text: str) -> IPAddress:
    try:
        return ipaddress.ip_address(text)  # Refuses leading zeros, fewer than four parts, and a dot at the end.
    except ValueError as error:
        raise ForbiddenBackend("a host that ends in a number must be a plain IP address") from error
