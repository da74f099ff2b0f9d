"""What the plans of sessions ask of them, worked out once for each set of owners while no fact has changed.

A remembered metering is taken only with the table and the plan's name that it was worked out from. It is forgotten
when its owners have no places any more, so what is remembered is bounded by the sessions, and by the handshakes between
two sweeps; and with each sweep all are worked out again at their next use, so that no old table is kept.
"""

from __future__ import annotations

from gateway.quotas.book import Book
from gateway.quotas.plan_meter import PlanMeter
from gateway.quotas.rules import AppliedPlan, Owners, applied_plans, max_message_bytes, may_drop, owners_of
from gateway.routing.route_table import RouteTable
from gateway.session.meter import UNLIMITED_METER, Meter
from gateway.session.session import SessionLabels


class Metering:
    """What the plans of a session ask of it; not to be changed.

    `may_drop` says whether messages may be dropped from the midst of the session, `max_message_bytes` is the least that
    a plan allows, None where none says. With `limits_connections` a place has to be asked for before it is taken.
    """

    __slots__ = ("limits_connections", "max_message_bytes", "may_drop", "meter", "owners", "plans")

    def __init__(self, owners: Owners, plans: tuple[AppliedPlan, ...], meter: Meter) -> None:
        self.owners = owners
        self.plans = plans
        self.meter = meter
        self.may_drop = may_drop(plans)
        self.max_message_bytes = max_message_bytes(plans)
        self.limits_connections = any(applied.plan.connections is not None for applied in plans)


class Meterings:
    """See the module. Sessions of one API, application and subscription share a meter, until their plans change."""

    __slots__ = ("_book", "_known")

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[tuple[str, ...], _Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, labels: SessionLabels, table: RouteTable, *, address: str) -> Metering:
        """What holds for a session from now on; the same one while the plans are the same."""
        owners = owners_of(labels, address=address)
        known = self._known.get(owners.places)
        if known is not None and known.table is table and known.plan == labels.plan:
            return known.metering
        plans = applied_plans(labels, owners, table)
        # Also where they are the same: others who share one of the owners may have been here in between.
        self._book.apply_plans(plans, owners)
        if known is None or known.metering.plans != plans:
            known = self._known[owners.places] = _Known(Metering(owners, plans, self._new_meter(labels, plans)))
        known.table, known.plan = table, labels.plan
        return known.metering

    def sweep(self) -> None:
        """See the module. To be called in the same moment in which the book has forgotten places."""
        self._known = {places: one for places, one in self._known.items() if self._book.remembers(places)}
        for known in self._known.values():
            known.table = None

    def _new_meter(self, labels: SessionLabels, plans: tuple[AppliedPlan, ...]) -> Meter:
        meter = PlanMeter(labels, plans, owner=self._book)
        return meter if meter.draws else UNLIMITED_METER


class _Known:
    __slots__ = ("metering", "plan", "table")

    def __init__(self, metering: Metering) -> None:
        self.metering = metering
        self.table: RouteTable | None = None
        self.plan = ""
