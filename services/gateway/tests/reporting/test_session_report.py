"""Which sessions are told, when, and what of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from contracts.gateway import Session as SessionFact
from gateway.reporting.session_report import BATCH, TICKS_OF_A_ROUND, SessionReport
from gateway.reporting.versions import Versions
from gateway.session.registry import SessionRegistry
from services.gateway.tests.reporting.lines import Line

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
async def report() -> SessionReport:
    return SessionReport(instance_id="g1", environment="Default", versions=Versions())


@pytest.fixture
async def registry(report: SessionReport) -> SessionRegistry:
    return SessionRegistry((report,))


def told(report: SessionReport, *, after: timedelta = timedelta(0)) -> list[SessionFact]:
    facts = [fact for batch in report.due(NOW + after) for fact in batch]
    assert all(isinstance(fact, SessionFact) for fact in facts)
    return [fact for fact in facts if isinstance(fact, SessionFact)]


async def test_session_that_a_tick_meets_is_told_once(report: SessionReport, registry: SessionRegistry) -> None:
    line = Line(registry, channel="/rooms/{room}", key_type="PRODUCTION", consumer_key="c1", subscription_id="s1")

    (fact,) = told(report)

    assert (fact.id, fact.instance_id, fact.environment) == (line.session.session_id, "g1", "Default")
    assert (fact.api_id, fact.application_id, fact.plan, fact.user) == ("a1", "app1", "Gold", "sue")
    assert (fact.channel, fact.key_type, fact.consumer_key) == ("/rooms/{room}", "PRODUCTION", "c1")
    assert (fact.client_address, fact.told_at, fact.closed_at) == ("192.0.2.1", NOW, None)
    assert told(report) == []


async def test_session_that_no_tick_meets_is_never_told(report: SessionReport, registry: SessionRegistry) -> None:
    Line(registry).end()

    assert told(report) == []


async def test_end_of_a_told_session_is_told_with_its_final_counters(
    report: SessionReport, registry: SessionRegistry
) -> None:
    line = Line(registry)
    (before,) = told(report)

    line.send(b"hello", times=3)
    line.end()
    (fact,) = told(report)

    assert fact.version > before.version
    assert fact.closed_at is not None
    assert (fact.closer, fact.close_code) == ("client", 1006)
    assert (fact.messages_from_client, fact.bytes_from_client) == (3, 15)
    assert told(report) == []


async def test_busy_session_is_told_again_within_a_round_and_an_idle_one_hourly(
    report: SessionReport, registry: SessionRegistry
) -> None:
    busy, idle = Line(registry), Line(registry)
    told(report)

    busy.send(b"x")
    in_a_round = [fact for _ in range(TICKS_OF_A_ROUND) for fact in told(report)]
    in_an_hour = [fact for _ in range(TICKS_OF_A_ROUND) for fact in told(report, after=timedelta(hours=1))]

    assert [fact.id for fact in in_a_round] == [busy.session.session_id]
    assert in_a_round[0].messages_from_client == 1
    assert {fact.id for fact in in_an_hour} == {busy.session.session_id, idle.session.session_id}


async def test_batches_are_small_however_many_sessions_there_are(
    report: SessionReport, registry: SessionRegistry
) -> None:
    for _ in range(BATCH + 1):
        Line(registry)

    sizes = [len(batch) for batch in report.due(NOW)]

    assert sizes == [BATCH, 1]


async def test_batch_that_was_not_heard_is_told_again(report: SessionReport, registry: SessionRegistry) -> None:
    lines = [Line(registry) for _ in range(3)]
    told(report)
    lines[0].end()
    Line(registry)
    for batch in report.due(NOW):
        report.failed(batch)
        break

    again = told(report)

    assert len(again) == 2
    assert [fact.closed_at is None for fact in again] == [False, True]


async def test_session_that_ends_while_its_first_telling_is_on_its_way_is_told_as_ended(
    report: SessionReport, registry: SessionRegistry
) -> None:
    line = Line(registry)
    for _ in report.due(NOW):
        line.end()

    (fact,) = told(report)

    assert fact.closed_at is not None


async def test_session_with_a_new_plan_is_told_at_the_next_tick(
    report: SessionReport, registry: SessionRegistry
) -> None:
    line = Line(registry)
    told(report)
    before = line.session.labels

    line.session.labels = replace(before, plan="Silver")
    report.session_relabelled(line.session, before=before)

    assert [fact.plan for fact in told(report)] == ["Silver"]
