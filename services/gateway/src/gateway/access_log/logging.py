"""The access log as the settings want it: with its writer and its tasks, or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TextIO

from gateway.access_log.access_log import AccessLog
from gateway.access_log.line import line_format
from gateway.routing.route_table import RouteTable
from gateway.session.registry import SessionRegistry
from gateway.settings import Settings
from telemetry.line_writer import LineWriter


class AccessLogging:
    """`observers` is empty where the access log is off."""

    def __init__(self, settings: Settings, *, stream: TextIO, table: Callable[[], RouteTable]) -> None:
        self._every = settings.access_log_every
        self._writer = LineWriter(stream)
        log = AccessLog(self._writer.write, form=line_format(settings.log_format), table=table)
        self.observers: tuple[AccessLog, ...] = (log,) if settings.access_log == "on" else ()

    @property
    def lost_lines(self) -> int:
        """How many could not be written."""
        return self._writer.lost

    def tasks(self, registry: SessionRegistry) -> tuple[Callable[[], Awaitable[None]], ...]:
        """What the gateway runs."""
        reports = [partial(log.report_open_sessions, registry, every=self._every) for log in self.observers]
        return (self._writer.run, *(reports if self._every else ()))
