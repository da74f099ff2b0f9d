"""The backends of an API for one type of keys: in which order a handshake tries them, and what they are shown.

Lives as long as its deployment: a redeployed API starts with a group of its own, in which nothing is suspended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contracts.publisher import Distribution, Suspension
from contracts.publisher import Endpoint as DeployedEndpoint
from gateway.upstream.backend import Backend
from gateway.upstream.endpoint import Endpoint, parse_endpoint
from gateway.upstream.errors import BackendUnreachable, InvalidEndpoint, UpstreamError


@dataclass(slots=True, eq=False)
class BackendGroup:
    """`fault`: why none of them can be used at all. `headers` hold a credential, so they are in no repr."""

    api_id: str
    backends: tuple[Backend, ...]
    distribution: Distribution = Distribution.ROUND_ROBIN
    connect_seconds: float | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    fault: UpstreamError | None = None
    _turn: int = 0

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """As the deployment names them."""
        return tuple(backend.endpoint for backend in self.backends)

    def in_order(self, now: float) -> Sequence[Backend]:
        """Those that may be tried now, the one whose turn it is first."""
        backends = self.backends
        if len(backends) > 1 and self.distribution is Distribution.ROUND_ROBIN:
            start = self._turn = (self._turn + 1) % len(backends)
            backends = backends[start:] + backends[:start]
        return [backend for backend in backends if not backend.seconds_left(now)]

    def seconds_suspended(self, now: float) -> float:
        """How long none of them may be tried."""
        return min((backend.seconds_left(now) for backend in self.backends), default=0.0)


def build_group(
    deployed: DeployedEndpoint,
    *,
    api_id: str,
    headers: tuple[tuple[str, str], ...] = (),
    fault: UpstreamError | None = None,
) -> BackendGroup:
    """The group that a deployment describes. A URL that cannot be dialled is left out; where none is left, that is the
    group's fault: the publisher checks URLs when they are saved, so what slips through is the backend's to the client.
    """
    urls = dict.fromkeys((deployed.url, *deployed.further_urls))
    backends = tuple(backend for url in urls if (backend := _backend(url, deployed.suspension)) is not None)
    return BackendGroup(
        api_id,
        backends,
        deployed.distribution,
        deployed.connect_timeout_ms / 1000 if deployed.connect_timeout_ms else None,
        headers,
        fault if backends else BackendUnreachable("no endpoint of the API can be dialled"),
    )


def _backend(url: str, suspension: Suspension | None) -> Backend | None:
    try:
        return Backend(parse_endpoint(url), suspension=suspension)
    except InvalidEndpoint:
        return None
