"""Usage counters rise within their hour, belong to the plan under which something was carried, and lose nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.gateway import Usage
from gateway.reporting.usage_report import UsageReport
from gateway.reporting.versions import Versions
from gateway.session.registry import SessionRegistry
from services.gateway.tests.reporting.lines import Line

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
async def report() -> UsageReport:
    return UsageReport(instance_id="g1", versions=Versions())


@pytest.fixture
async def registry(report: UsageReport) -> SessionRegistry:
    return SessionRegistry((report,))


async def told(report: UsageReport, registry: SessionRegistry, minutes: int = 0) -> dict[tuple[str, int], Usage]:
    """By plan and hour."""
    await report.look(registry, now=NOON + timedelta(minutes=minutes))
    facts = [fact for batch in report.due() for fact in batch if isinstance(fact, Usage)]
    return {(fact.plan, fact.hour.hour): fact for fact in facts}


async def test_open_and_ended_sessions_are_added_up(report: UsageReport, registry: SessionRegistry) -> None:
    lines = [Line(registry), Line(registry), Line(registry, application_id="app2", plan="Silver")]
    for line in lines:
        line.send(b"hello", times=2)
    lines[0].end()

    facts = await told(report, registry)

    gold, silver = facts["Gold", 12], facts["Silver", 12]
    assert (gold.sessions_opened, gold.messages_from_client, gold.bytes_from_client) == (2, 4, 20)
    assert (silver.application_id, silver.sessions_opened, silver.messages_from_client) == ("app2", 1, 2)
    assert (gold.api_id, gold.instance_id, gold.hour) == ("a1", "g1", NOON)


async def test_only_what_has_changed_is_told_and_only_upwards(report: UsageReport, registry: SessionRegistry) -> None:
    line = Line(registry)
    line.send(b"x")
    first = await told(report, registry)

    nothing = await told(report, registry, minutes=1)
    line.send(b"x", times=2)
    line.end()
    second = await told(report, registry, minutes=2)

    assert nothing == {}
    assert first["Gold", 12].messages_from_client == 1
    assert second["Gold", 12].messages_from_client == 3
    assert second["Gold", 12].version > first["Gold", 12].version


async def test_each_hour_begins_at_nothing(report: UsageReport, registry: SessionRegistry) -> None:
    line = Line(registry)
    line.send(b"x", times=5)
    await told(report, registry)

    line.send(b"x", times=2)
    last_of_noon = await told(report, registry, minutes=60)
    line.send(b"x", times=3)
    first_of_one = await told(report, registry, minutes=61)

    assert last_of_noon["Gold", 12].messages_from_client == 7
    assert first_of_one["Gold", 13].messages_from_client == 3
    assert first_of_one["Gold", 13].sessions_opened == 0


async def test_what_was_carried_stays_with_the_plan_under_which_it_was(
    report: UsageReport, registry: SessionRegistry
) -> None:
    line = Line(registry)
    line.send(b"x", times=4)
    await told(report, registry)
    before = line.session.labels

    line.session.labels = replace(before, plan="Silver")
    report.session_relabelled(line.session, before=before)
    line.send(b"x")
    line.end()
    facts = await told(report, registry, minutes=1)

    assert facts["Silver", 12].messages_from_client == 1
    assert ("Gold", 12) not in facts


async def test_what_was_not_heard_is_told_again_as_it_is_by_then(
    report: UsageReport, registry: SessionRegistry
) -> None:
    line = Line(registry)
    line.send(b"x")
    await report.look(registry, now=NOON)
    for batch in report.due():
        report.failed(batch)
        break
    assert (await told(report, registry))["Gold", 12].messages_from_client == 1

    await report.look(registry, now=NOON)
    line.send(b"x")

    assert (await told(report, registry))["Gold", 12].messages_from_client == 2


async def test_who_carries_nothing_for_an_hour_is_forgotten_and_begins_again(
    report: UsageReport, registry: SessionRegistry
) -> None:
    first = Line(registry)
    first.send(b"x", times=3)
    first.end()
    for minutes in (0, 60, 120):
        await told(report, registry, minutes=minutes)

    second = Line(registry)
    second.send(b"x")
    facts = await told(report, registry, minutes=121)

    assert facts["Gold", 14].messages_from_client == 1
    assert facts["Gold", 14].sessions_opened == 1
