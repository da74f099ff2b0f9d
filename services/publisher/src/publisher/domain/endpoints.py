"""Where an API's backends are (WSO2 `endpointConfig`): one, or several in turn or in order, for each type of keys.

`endpoint_type` is `ws` (one backend), `load_balance` (`production_endpoints` is a list, taken in turn) or `failover`
(`production_endpoints`, then `production_failovers`, in the order given). Says nothing of whether a backend answers or
may be reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.publisher import Distribution, Endpoint
from publisher.domain.advanced_endpoint import AdvancedEndpoint, read_advanced
from publisher.domain.endpoint_security import KINDS, read_security
from publisher.domain.endpoint_url import check_url
from publisher.errors import InvalidInput, UnusableEndpoint

MAX_BACKENDS: Final = 20

_TYPES: Final = {
    "ws": Distribution.ROUND_ROBIN,
    "load_balance": Distribution.ROUND_ROBIN,
    "failover": Distribution.FAILOVER,
}
_ROUND_ROBIN: Final = ("", "org.apache.synapse.endpoints.algorithms.RoundRobin")
_CONFIG: Final = "/endpointConfig"

# WSO2's free-form JSON, hence Any.
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """By type of keys; None: no backend for keys of that type."""

    production: Endpoint | None = None
    sandbox: Endpoint | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing could be reached."""
        return self.production is None and self.sandbox is None


def check_endpoints(config: Json | None) -> None:
    """Raises `UnusableEndpoint` (900346) or `InvalidInput`."""
    if not config:
        return
    if config.get("endpoint_type") not in _TYPES:
        raise UnusableEndpoint.at(f"{_CONFIG}/endpoint_type", f"must be one of {', '.join(_TYPES)}")
    if (config.get("algoCombo") or "") not in _ROUND_ROBIN or config.get("algoClassName"):
        raise UnusableEndpoint.at(f"{_CONFIG}/algoCombo", "must be round robin, the only algorithm there is")
    for kind in KINDS:
        backends = _backends(config, kind)
        if len(backends) > MAX_BACKENDS:
            raise UnusableEndpoint.at(f"{_CONFIG}/{kind}_endpoints", f"at most {MAX_BACKENDS} backends")
        for pointer, backend in backends:
            _check_backend(backend, pointer)
        _shared_advanced(backends)


def read_endpoints(config: Json | None) -> Endpoints:
    """The endpoints in a configuration that was checked when it came in."""
    return Endpoints(_read(config, "production"), _read(config, "sandbox"))


def endpoint_urls(config: Json | None) -> Iterator[tuple[str, str]]:
    """All URLs of a configuration that was checked, with pointers to them."""
    for kind in KINDS:
        for pointer, backend in _backends(config or {}, kind):
            yield f"{pointer}/url", backend["url"]


def _read(config: Json | None, kind: str) -> Endpoint | None:
    backends = _backends(config or {}, kind)
    if config is None or not backends:
        return None
    first, *further = (backend["url"] for _, backend in backends)
    advanced = _shared_advanced(backends)
    return Endpoint(
        url=first,
        further_urls=tuple(further),
        distribution=_TYPES[config["endpoint_type"]],
        suspension=advanced.suspension,
        connect_timeout_ms=advanced.connect_timeout_ms,
        security=read_security(config, kind),
    )


def _backends(config: Json, kind: str) -> list[tuple[str, Any]]:
    """The backends of one kind, in order, with pointers to them."""
    kind_of = config.get("endpoint_type")
    names = (f"{kind}_endpoints", f"{kind}_failovers") if kind_of == "failover" else (f"{kind}_endpoints",)
    found: list[tuple[str, Any]] = []
    for name in names:
        given, pointer = config.get(name), f"{_CONFIG}/{name}"
        if isinstance(given, list) and kind_of != "ws":
            found += [(f"{pointer}/{number}", one) for number, one in enumerate(given)]
        elif given:
            found.append((pointer, given))
    return found


def _check_backend(backend: object, pointer: str) -> None:
    if not isinstance(backend, Mapping):
        raise UnusableEndpoint.at(pointer, "must be one endpoint: an object with a url")
    url = backend.get("url")
    if not isinstance(url, str):
        raise UnusableEndpoint.at(f"{pointer}/url", "must be a text")
    check_url(url, pointer=f"{pointer}/url")


def _shared_advanced(backends: list[tuple[str, Any]]) -> AdvancedEndpoint:
    """One for all backends of a kind; those that say nothing go along. Raises `InvalidInput`."""
    shared = AdvancedEndpoint()
    for pointer, backend in backends:
        advanced = read_advanced(backend.get("config"), pointer=f"{pointer}/config")
        if AdvancedEndpoint() not in (shared, advanced) and advanced != shared:
            raise InvalidInput.at(f"{pointer}/config", "must be the same for all endpoints of a kind")
        shared = advanced if shared == AdvancedEndpoint() else shared
    return shared
