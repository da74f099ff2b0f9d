"""What one gateway's meter says of messages, with a log that answers when it is told to."""

from __future__ import annotations

import pytest

from contracts.publisher import Burst, PlanLevel, Quota, QuotaReaction, QuotaType
from gateway.session.meter import Verdict

from .simulation import Gateway, Log, advance, plan


def bandwidth(amount: int) -> Quota:
    return Quota(type=QuotaType.BANDWIDTH, amount=amount, unit_time=1, time_unit="min")


def spend_all(gateway: Gateway) -> None:
    """Until nothing is left."""
    while Verdict.WAIT in gateway.want(10):
        gateway.exchange()


def test_first_message_waits_for_its_claim_and_is_woken() -> None:
    gateway = Gateway(Log())
    woken: list[Verdict] = []

    assert gateway.want(1) == [Verdict.WAIT]
    gateway.meter.when_changed(lambda: woken.extend(gateway.want(1)))
    gateway.exchange()

    assert woken == [Verdict.FORWARD]


def test_claim_made_before_the_session_opens_lets_the_first_message_go_at_once() -> None:
    gateway = Gateway(Log())

    gateway.book.prepare(gateway.meter)
    gateway.exchange()

    assert gateway.want(1) == [Verdict.FORWARD]


def test_waiter_that_is_cancelled_is_not_woken() -> None:
    gateway = Gateway(Log())
    gateway.want(1)

    waiting = gateway.meter.when_changed(lambda: pytest.fail("nobody waits"))
    waiting.cancel()

    gateway.exchange()


@pytest.mark.parametrize(
    ("reaction", "verdict"),
    [(QuotaReaction.DROP, Verdict.DROP), (QuotaReaction.CLOSE, Verdict.CLOSE), (QuotaReaction.PAUSE, Verdict.PAUSE)],
)
def test_spent_quota_has_the_reaction_of_its_plan(reaction: QuotaReaction, verdict: Verdict) -> None:
    gateway = Gateway(Log(), plan(20, reaction=reaction))

    spend_all(gateway)

    assert gateway.want(2) == [verdict, verdict]
    assert sum(gateway.forwarded.values()) == 20
    assert gateway.throttled >= 2


def test_paused_sender_is_woken_by_the_next_window() -> None:
    gateway = Gateway(Log(), plan(3, reaction=QuotaReaction.PAUSE))
    spend_all(gateway)
    woken: list[bool] = []
    gateway.meter.when_changed(lambda: woken.append(True))

    advance(gateway.log, [gateway], 60)
    gateway.exchange()

    assert woken == [True]


def test_plan_that_does_not_stop_counts_only() -> None:
    gateway = Gateway(Log(), plan(3, stop_on_quota_reach=False))

    assert gateway.want(10) == [Verdict.FORWARD] * 10


def test_the_strictest_plan_decides() -> None:
    gateway = Gateway(Log(), plan(1000), plan(2, level=PlanLevel.APPLICATION, reaction=QuotaReaction.CLOSE))

    spend_all(gateway)

    assert gateway.want(1) == [Verdict.CLOSE]
    assert sum(gateway.forwarded.values()) == 2


def test_bytes_are_over_by_no_more_than_the_message_in_progress() -> None:
    gateway = Gateway(Log(), plan(quota=bandwidth(10_000)))
    sent = 0

    while (verdict := gateway.meter.judge(700)) in {Verdict.FORWARD, Verdict.WAIT}:
        sent += 700 * (verdict is Verdict.FORWARD)
        gateway.exchange()

    assert verdict is Verdict.DROP
    assert 10_000 <= sent < 10_000 + 700


def test_bytes_of_a_message_in_progress_are_a_debt_that_others_see() -> None:
    log = Log()
    one, other = (Gateway(log, plan(quota=bandwidth(10_000)), instance_id=name) for name in ("g1", "g2"))
    one.book.prepare(one.meter)
    one.exchange()

    assert one.meter.judge(1) is Verdict.FORWARD
    one.meter.spend(0, 20_000)
    one.book.tick()
    one.exchange()
    other.read()

    assert other.meter.judge(1) is Verdict.DROP


def test_burst_is_refilled_steadily() -> None:
    gateway = Gateway(Log(), plan(None, burst=Burst(count=10, time_unit="sec")))

    assert gateway.want(12).count(Verdict.FORWARD) == 10
    advance(gateway.log, [gateway], 0.5)

    assert gateway.want(12).count(Verdict.FORWARD) == 5


def test_lowered_plan_stops_at_once_and_a_raised_one_gives_nothing_twice() -> None:
    gateway = Gateway(Log(), plan(20))
    spend_all(gateway)

    gateway.use(plan(10))
    assert gateway.want(1) == [Verdict.DROP]
    gateway.use(plan(30))
    spend_all(gateway)

    assert sum(gateway.forwarded.values()) == 30


def test_another_gateway_that_starts_late_knows_what_is_spent() -> None:
    log = Log()
    spend_all(Gateway(log, plan(20)))

    late = Gateway(log, plan(20), instance_id="g2")

    assert late.meter.spent_draw(late.book.now()) is not None
    assert late.want(1) == [Verdict.DROP]


def test_claim_that_is_read_back_too_late_is_not_used() -> None:
    gateway = Gateway(Log(), plan(100))
    gateway.want(1)
    gateway.send()
    gateway.arrive()

    gateway.log.now += 31
    gateway.read()

    assert gateway.want(1) == [Verdict.WAIT]


def test_what_is_over_is_forgotten() -> None:
    gateway = Gateway(Log(), plan(100, burst=Burst(count=10, time_unit="sec")))
    gateway.exchange()
    gateway.want(1)
    gateway.exchange()

    advance(gateway.log, [gateway], 200)
    gateway.book.hear_heartbeat("g1", written_at=gateway.log.now)
    gateway.book.sweep()

    assert gateway.book.sizes() == {"sources": 0, "windows": 0, "places": 0}
