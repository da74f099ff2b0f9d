"""Which virtual host of the gateway's environment a request is for."""

from __future__ import annotations

from collections.abc import Sequence


def named_vhost(host: str, vhosts: Sequence[str]) -> str | None:
    """The one that `host` (of a request, with or without a port) names; the first where it names none of them."""
    asked = _host_name(host)
    return next((vhost for vhost in vhosts if vhost.lower() == asked), vhosts[0] if vhosts else None)


def _host_name(host: str) -> str:
    """`Host` without its port, as compared: lower case, an IPv6 address without brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()
