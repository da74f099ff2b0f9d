"""What is remembered of the plans of sessions: right after every fact, and no longer than it is needed."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.devportal import Application
from contracts.publisher import Plan, PlanLevel
from gateway.quotas.book import Book
from gateway.quotas.metering import Metering, Meterings
from gateway.quotas.rules import owners_of
from gateway.routing.route_table import RouteTable
from gateway.session.meter import UNLIMITED_METER
from gateway.session.session import UNAUTHENTICATED_PLAN, SessionLabels

from .simulation import Gateway, Log, plan

ADDRESS = "192.0.2.1"


class Desk:
    """A gateway's meterings, with the table of now."""

    def __init__(self, *plans: Plan) -> None:
        self.book: Book = Gateway(Log()).book
        self.meterings = Meterings(self.book)
        self.table = RouteTable("Default")
        self.learn(*plans)

    def learn(self, *facts: Plan | Application) -> None:
        for fact in facts:
            self.table = self.table.with_fact(fact)

    def of(self, *, address: str = ADDRESS, **changes: Any) -> Metering:
        labels = {"api_id": "a1", "application_id": "app1", "subscription_id": "s1", "plan": "Gold"}
        return self.meterings.of(SessionLabels(**labels | changes), self.table, address=address)

    def sweep(self) -> None:
        self.book.sweep()
        self.meterings.sweep()


def test_sessions_of_one_subscription_have_one_metering() -> None:
    desk = Desk(plan())

    assert desk.of(user="sue", token_id="t1") is desk.of(user="bob", token_id="t2", address="192.0.2.2")


def test_fact_that_changes_no_plan_of_theirs_changes_nothing() -> None:
    desk = Desk(plan())
    before = desk.of()

    desk.learn(plan(name="Silver", connections=1))

    assert desk.of() is before


@pytest.mark.parametrize(
    "changed",
    [plan(version=2, amount=7), plan(version=2, connections=7), plan(version=2, max_message_bytes=7)],
    ids=["amount", "connections", "size"],
)
def test_changed_plan_holds_at_once(changed: Plan) -> None:
    desk = Desk(plan())
    before = desk.of()

    desk.learn(changed)

    after = desk.of()
    assert after.meter is not before.meter
    assert [one.plan for one in after.plans] == [changed]
    assert after.limits_connections is (changed.connections is not None)
    assert after.max_message_bytes == changed.max_message_bytes


def test_plan_that_an_application_gets_holds_at_once() -> None:
    desk = Desk(plan(level=PlanLevel.APPLICATION, name="Ten"))
    assert desk.of().meter is UNLIMITED_METER

    desk.learn(Application(version=1, id="app1", name="Client", owner="sue", plan="Ten"))

    assert [one.plan.name for one in desk.of().plans] == ["Ten"]


def test_other_plan_of_a_subscription_holds_at_once() -> None:
    desk = Desk(plan(), plan(name="Silver", amount=7))
    desk.of()

    assert [one.plan.name for one in desk.of(plan="Silver").plans] == ["Silver"]
    assert [one.plan.name for one in desk.of(plan="Gold").plans] == ["Gold"]


def test_plan_that_was_changed_and_changed_back_is_the_one_of_now() -> None:
    ten, old = (plan(level=PlanLevel.APPLICATION, name=name, connections=n) for name, n in (("Ten", 10), ("Old", 20)))
    desk = Desk(ten, old)
    one, other = {"subscription_id": "s1"}, {"api_id": "a2", "subscription_id": "s2"}

    for version, name, asking in ((1, "Ten", one), (2, "Old", other), (3, "Ten", one)):
        desk.learn(Application(version=version, id="app1", name="Client", owner="sue", plan=name))
        desk.of(**asking)

    assert desk.book.places("connections:application:app1").limit == 10


def test_metering_is_forgotten_with_the_places_of_its_owners() -> None:
    desk = Desk(plan(connections=3))
    metering = desk.of()
    for name in metering.owners.places:
        desk.book.places(name).take()

    desk.sweep()
    assert desk.of() is metering
    for name in metering.owners.places:
        desk.book.places(name).give_back()
    desk.sweep()

    assert len(desk.meterings) == 0
    assert desk.of() is not metering
    assert desk.book.places(metering.owners.places[-1]).limit == 3


def test_anybody_is_counted_by_address() -> None:
    desk = Desk(plan(name=UNAUTHENTICATED_PLAN))
    anybody = {"application_id": "", "subscription_id": "", "plan": UNAUTHENTICATED_PLAN}

    one, other = (desk.of(address=address, **anybody) for address in (ADDRESS, "192.0.2.2"))

    assert one.meter is not other.meter
    assert owners_of(SessionLabels("a1", plan="Gold"), address=ADDRESS).places == ("connections:api:a1",)
