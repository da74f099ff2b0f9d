"""Addresses as numbers of one space, so that every spelling of an address is the same, and ranges are intervals.

IPv4 lies in IPv6 as `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2): a client that comes over a dual-stack socket is the client
that it would be over IPv4.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple

_MAPPED = 0xFFFF << 32


class Interval(NamedTuple):
    """Both ends belong to it."""

    first: int
    last: int


@lru_cache(maxsize=4096)  # Each handshake asks several times, and clients come again.
def address_number(text: str) -> int | None:
    """The number of an address; None for what is none. A zone (`%eth0`) is left out."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return _MAPPED | int(address) if isinstance(address, IPv4Address) else int(address)


def interval(first: str, last: str) -> Interval | None:
    """From one address to another, whichever comes first; None where one of them is none."""
    ends = sorted(number for number in (address_number(first), address_number(last)) if number is not None)
    return Interval(*ends) if len(ends) == 2 else None


class Intervals:
    """A set of numbers, as intervals that do not touch; a look-up costs the logarithm of how many there are."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, intervals: Iterable[Interval]) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in sorted(intervals):
            if self._lasts and first <= self._lasts[-1] + 1:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def __contains__(self, number: int) -> bool:
        index = bisect_right(self._firsts, number) - 1
        return index >= 0 and number <= self._lasts[index]


def common_part(intervals: Iterable[Interval]) -> Interval | None:
    """What lies in all of them; None where nothing does."""
    found = list(intervals)
    first, last = max(each.first for each in found), min(each.last for each in found)
    return Interval(first, last) if first <= last else None
