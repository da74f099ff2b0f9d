"""The names by which metrics know an API. Bounded: beyond the cap every further API is `other`."""

from __future__ import annotations

from collections.abc import Callable

from gateway.routing.route_table import RouteTable
from gateway.session.session import SessionLabels

MAX_APIS = 500

_NONE = ("", "")
_OTHER = ("other", "")


class ApiLabels:
    """Remembers an API's name and version, so that what it has counted keeps its labels when the API is deleted."""

    def __init__(self, table: Callable[[], RouteTable], *, cap: int = MAX_APIS) -> None:
        self._table = table
        self._cap = cap
        self._known: dict[str, tuple[str, str]] = {}

    def of(self, api_id: str) -> tuple[str, str]:
        """Name and version; empty where no API was found."""
        known = self._known.get(api_id)
        if known is not None:
            return known
        api = self._table().api(api_id)
        if api is None:
            return _NONE
        if len(self._known) >= self._cap:
            return _OTHER
        self._known[api_id] = labels = (api.name, api.api_version)
        return labels

    def with_plan(self, labels: SessionLabels) -> tuple[str, str, str]:
        """Name, version and plan."""
        name, version = self.of(labels.api_id)
        return name, version, labels.plan
