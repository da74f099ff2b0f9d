"""How quotas are called in the log, so that every gateway means the same and can read what another has claimed.

`messages:1min:subscription:<id>` and `bytes:1hour:api:<id>` name what is counted, the length of the window, the level,
and whose quota it is; `connections:application:<id>` has no window. A plan's name and amount are not part of it, so a
changed plan goes on where the old one was.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from contracts.publisher import PlanLevel
from gateway.quotas.windows import WindowLength, parse_window_length

MESSAGES, BYTES = "messages", "bytes"
_CONNECTIONS = "connections"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose quota it is: an API, an application, a subscription, or an address on an API's open channels."""

    level: PlanLevel
    id: str

    def __str__(self) -> str:
        return f"{self.level}:{self.id}"


def address_on(api_id: str, address: str) -> Owner:
    """The owner of the plan of an API's open channels. An IPv6 network of 64 bits is one address: it has one user."""
    return Owner(PlanLevel.SUBSCRIPTION, f"{api_id}@{_network(address)}")


def quota_name(unit: str, length: WindowLength, owner: Owner) -> str:
    """The name of what counts messages or bytes."""
    return f"{unit}:{length}:{owner}"


def burst_name(owner: Owner) -> str:
    """The name of a burst limit, which is never in the log."""
    return f"burst:{owner}"


def places_name(owner: Owner) -> str:
    """The name of what limits connections."""
    return f"{_CONNECTIONS}:{owner}"


def is_places(name: str) -> bool:
    """Whether a claim is on connections."""
    return name.startswith(_CONNECTIONS + ":")


def length_of(name: str) -> WindowLength | None:
    """The length of a quota's windows, None where the name is none of ours."""
    unit, _, rest = name.partition(":")
    return parse_window_length(rest.partition(":")[0]) if unit in (MESSAGES, BYTES) else None


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))
