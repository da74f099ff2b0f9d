"""Gateway environments: where revisions are deployed to, and the one that is there from the first start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contracts.publisher import Vhost
from publisher.domain.default_plans import stable_id
from publisher.errors import UnknownVhost

DEFAULT_ENVIRONMENT: Final = "Default"


@dataclass(frozen=True, slots=True)
class Environment:
    """A group of gateways that serve the same deployments, and the host names they are reached under."""

    id: str
    name: str
    display_name: str
    type: str
    vhosts: tuple[Vhost, ...]

    def vhost_named(self, host: str | None) -> str:
        """The host, which must be one of the environment's; the first where none is asked for."""
        if host is None:
            return self.vhosts[0].host
        if all(vhost.host != host for vhost in self.vhosts):
            known = ", ".join(vhost.host for vhost in self.vhosts)
            raise UnknownVhost(f"The environment '{self.name}' has no vhost '{host}', but: {known}.")
        return host


def default_environment(vhost: Vhost) -> Environment:
    """The built-in environment."""
    return Environment(
        stable_id("environment", DEFAULT_ENVIRONMENT), DEFAULT_ENVIRONMENT, DEFAULT_ENVIRONMENT, "hybrid", (vhost,)
    )
