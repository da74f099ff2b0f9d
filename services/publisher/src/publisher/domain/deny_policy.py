"""Deny policies (WSO2 `BlockingCondition`): who or what is refused, on every gateway.

Values are kept in one spelling, so that the same thing cannot be denied twice: versions without trailing `.0`s compare
equal, addresses are written as RFC 5952 has them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts.api_version import canonical_version
from contracts.publisher import DenyType
from publisher.domain.identity import VERSION_PLACE
from publisher.errors import InvalidInput

MAX_VALUE: Final = 500
# WSO2 writes users of the one tenant there is here with its name behind.
_TENANT: Final = "@carbon.super"

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class DenyPolicy:
    """`value` is the API's context with its version, `owner:name` of an application, a user, one address, or the first
    of a range that ends with `last_address`. Inverted, it refuses every other address.
    """

    id: str
    type: DenyType
    value: str
    last_address: str | None = None
    invert: bool = False
    enabled: bool = True

    @property
    def identity(self) -> str:
        """The same for policies that refuse the same."""
        value = _canonical_path(self.value) if self.type is DenyType.API else self.value
        return f"{self.type}:{'!' if self.invert else ''}{value}{f'-{self.last_address}' if self.last_address else ''}"


def checked_value(type_: DenyType, value: str, *, pointer: str) -> str:
    """An API's path, an application, or a user, as it is kept. Raises `InvalidInput`."""
    value = value.strip()
    if not value or len(value) > MAX_VALUE or not value.isprintable():
        raise InvalidInput.at(pointer, f"between 1 and {MAX_VALUE} printable characters")
    if type_ is DenyType.USER:
        return value.removesuffix(_TENANT)
    if type_ is DenyType.API:
        return "/" + value.strip("/")
    if not all(value.partition(":")):
        raise InvalidInput.at(pointer, "an application is written owner:name")
    return value


def checked_address(text: str, *, pointer: str) -> str:
    """Raises `InvalidInput`."""
    return str(_address(text, pointer))


def checked_range(first: str, last: str, *, pointer: str) -> tuple[str, str]:
    """Raises `InvalidInput` unless both are of one family and in order."""
    start, end = _address(first, f"{pointer}/startingIp"), _address(last, f"{pointer}/endingIp")
    if start.version != end.version:
        raise InvalidInput.at(f"{pointer}/endingIp", f"must be an IPv{start.version} address, as startingIp is")
    if int(end) < int(start):
        raise InvalidInput.at(f"{pointer}/endingIp", "must not be below startingIp")
    return str(start), str(end)


def possible_apis(path: str) -> Iterator[tuple[str, str]]:
    """The context keys and canonical versions that a path may be made of: any of its segments may be the version."""
    segments = path.strip("/").split("/")
    for number, segment in enumerate(segments):
        around = [*segments[:number], VERSION_PLACE, *segments[number + 1 :]]
        yield f"/{'/'.join(around)}".removesuffix(f"/{VERSION_PLACE}"), canonical_version(segment)


def _address(text: str, pointer: str) -> _Address:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError as error:
        raise InvalidInput.at(pointer, "must be an IPv4 or IPv6 address") from error
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.scope_id:
        raise InvalidInput.at(pointer, "must be an address without a zone")
    return address.ipv4_mapped or address


def _canonical_path(path: str) -> str:
    return "/".join(canonical_version(segment) for segment in path.split("/"))
