"""Under which addresses gateways serve an API (WSO2 `endpointURLs`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.publisher import Api, Environment, Vhost

_VERSION_PLACE: Final = "{version}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """What clients dial; None where the gateway does not listen so."""

    ws: str | None
    wss: str | None


@dataclass(frozen=True, slots=True)
class GatewayUrls:
    """The addresses in one environment. `default_version`: those that need no version, where this one answers there."""

    environment_name: str
    environment_display_name: str
    environment_type: str
    addresses: Addresses
    default_version: Addresses | None


def gateway_urls(api: Api, *, environment: Environment, vhost: str, is_default: bool) -> GatewayUrls:
    """Of a deployment of the API under that vhost of the environment."""
    host = _find_vhost(environment.vhosts, vhost)
    return GatewayUrls(
        environment.name,
        environment.display_name,
        environment.type,
        _addresses(host, versioned_path(api.context, api.api_version)),
        _addresses(host, unversioned_path(api.context)) if is_default else None,
    )


def versioned_path(context: str, version: str) -> str:
    """The version as it was created, at its place inside the context or behind it."""
    if _VERSION_PLACE in context:
        return context.replace(_VERSION_PLACE, version)
    return f"{context}/{version}"


def unversioned_path(context: str) -> str:
    """Where the default version answers."""
    return context.replace(f"/{_VERSION_PLACE}", "")


def _find_vhost(vhosts: Sequence[Vhost], host: str) -> Vhost:
    # The environment's fact may be older than the deployment's: then with the usual ports.
    return next((vhost for vhost in vhosts if vhost.host == host), Vhost(host=host))


def _addresses(vhost: Vhost, path: str) -> Addresses:
    return Addresses(
        ws=f"ws://{vhost.host}:{vhost.ws_port}{path}" if vhost.ws_port else None,
        wss=f"wss://{vhost.host}:{vhost.wss_port}{path}" if vhost.wss_port else None,
    )
