"""For how long a failing backend is left alone, and who finds out that it works again."""

from __future__ import annotations

import pytest

from contracts.publisher import Suspension
from gateway.upstream.backend import Backend
from gateway.upstream.endpoint import parse_endpoint
from gateway.upstream.errors import (
    AnswerCutOff,
    BackendForbidden,
    BackendLost,
    BackendRefused,
    BackendTimedOut,
    BackendUnreachable,
    ConnectTimedOut,
    InvalidBackendAnswer,
    UpstreamError,
)

NOW = 1000.0
DOWN = BackendUnreachable("refused")


def backend(**rule: object) -> Backend:
    suspension = Suspension.model_validate({"duration_ms": 10_000, **rule})
    return Backend(parse_endpoint("ws://b.test/"), suspension=suspension)


def fail_at(moment: float, failing: Backend, error: UpstreamError = DOWN) -> float:
    """How long it is suspended for after it was tried and failed."""
    assert failing.begin(moment)
    failing.failed(error, moment)
    return failing.seconds_left(moment)


def test_failing_backend_is_suspended_for_its_duration() -> None:
    failing = backend()

    assert fail_at(NOW, failing) == 10

    assert not failing.begin(NOW + 9.9)
    assert failing.begin(NOW + 10)


def test_each_further_suspension_is_longer_up_to_the_maximum() -> None:
    failing = backend(factor=2.0, max_duration_ms=50_000)

    found = [fail_at(NOW + 1000 * turn, failing) for turn in range(5)]

    assert found == [10, 20, 40, 50, 50]


def test_success_starts_again_from_the_first_duration() -> None:
    failing = backend(factor=3.0)
    fail_at(NOW, failing)
    fail_at(NOW + 100, failing)
    assert failing.begin(NOW + 200)

    failing.succeeded()

    assert failing.seconds_left(NOW + 200) == 0
    assert fail_at(NOW + 300, failing) == 10


def test_one_handshake_tries_it_for_all_when_the_suspension_ends() -> None:
    failing = backend()
    fail_at(NOW, failing)

    assert failing.begin(NOW + 10)
    assert not failing.begin(NOW + 10)
    failing.succeeded()

    assert failing.begin(NOW + 10)
    assert failing.begin(NOW + 10)


def test_trial_that_was_given_up_leaves_it_to_the_next() -> None:
    failing = backend()
    fail_at(NOW, failing)
    assert failing.begin(NOW + 10)

    failing.given_up()

    assert failing.begin(NOW + 10)


def test_handshakes_that_began_before_the_suspension_do_not_make_it_longer() -> None:
    failing = backend(factor=10.0)
    assert all(failing.begin(NOW) for _ in range(3))

    for late in range(3):
        failing.failed(DOWN, NOW + late)

    assert failing.seconds_left(NOW) == 10


def test_answer_that_is_not_101_is_no_failure() -> None:
    failing = backend()

    assert fail_at(NOW, failing, BackendRefused(503)) == 0
    assert not failing.take_news_of_failure(NOW)


def test_backend_without_a_rule_is_never_suspended() -> None:
    failing = Backend(parse_endpoint("ws://b.test/"))

    assert fail_at(NOW, failing) == 0
    assert failing.take_news_of_failure(NOW)


@pytest.mark.parametrize(
    ("error", "codes"),
    [
        (BackendUnreachable(), (101503,)),
        (BackendForbidden(), (101503,)),
        (BackendLost(), (101500, 101501, 101505, 101509)),
        (BackendTimedOut(), (101504,)),
        (ConnectTimedOut(), (101507, 101508)),
        (InvalidBackendAnswer(), (101506, 101510)),
        (AnswerCutOff(), (101505,)),
    ],
)
def test_error_codes_of_wso2_choose_what_suspends(error: UpstreamError, codes: tuple[int, ...]) -> None:
    every = {101000, 101001, 101500, 101501, *range(101503, 101511)}

    assert all(fail_at(NOW, backend(error_codes=(code,)), error) == 10 for code in codes)
    assert fail_at(NOW, backend(error_codes=tuple(every - set(codes))), error) == 0


def test_absurd_factor_does_not_overflow() -> None:
    failing = backend(factor=1e300)

    found = [fail_at(NOW + 1e6 * turn, failing) for turn in range(4)]

    assert found == [10, 86_400, 86_400, 86_400]


def test_log_is_told_of_a_failure_once_and_then_of_the_recovery() -> None:
    failing = Backend(parse_endpoint("ws://b.test/"))

    fail_at(NOW, failing)
    first = failing.take_news_of_failure(NOW)
    fail_at(NOW + 60, failing)

    assert first
    assert not failing.take_news_of_failure(NOW + 60)
    failing.succeeded()
    assert failing.take_news_of_recovery()
    assert not failing.take_news_of_recovery()


def test_backend_that_fails_every_other_time_does_not_flood_the_log() -> None:
    flapping = Backend(parse_endpoint("ws://b.test/"))
    lines = 0

    for turn in range(1000):
        fail_at(NOW + turn / 100, flapping)
        lines += flapping.take_news_of_failure(NOW + turn / 100)
        flapping.succeeded()
        lines += flapping.take_news_of_recovery()

    assert lines == 2
