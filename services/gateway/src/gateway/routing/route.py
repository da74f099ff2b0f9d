"""What a path leads to: an API deployed here, and a channel of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from contracts.publisher import Api, Deployment
from gateway.routing.channel import Channel, find_channel


@dataclass(slots=True)
class Route:
    """An API deployed here, and the rest of the path. Many handshakes share one, so its channel is looked for once."""

    api: Api
    deployment: Deployment
    sub_path: str
    _channel: Channel | None = field(default=None, compare=False, repr=False)

    @property
    def channel(self) -> Channel | None:
        """The API's channel for the rest of the path."""
        if self._channel is None:
            operations = find_channel(self.deployment.operations, self.sub_path)
            self._channel = Channel(operations) if operations else None
        return self._channel
