"""Which limits a session gets: the least of all sizes; for times the API's own, where it has one."""

from dataclasses import replace
from datetime import timedelta

from contracts.publisher import MessageSchema, MessageValidation
from contracts.publisher import SessionLimits as DeployedLimits
from gateway.policies.session_limits import LimitsInForce
from gateway.session.limits import UNLIMITED, SessionLimits
from services.gateway.tests.policies.world import deployment

DEFAULTS = SessionLimits(max_message_bytes=1000, idle_timeout=timedelta(minutes=5), ping_interval=timedelta(seconds=15))


def test_api_that_says_nothing_gets_the_settings() -> None:
    found = LimitsInForce(DEFAULTS).of(deployment(), target="/a")

    assert found == replace(DEFAULTS, max_message_bytes_of_api=DEFAULTS.max_message_bytes)


def test_api_may_choose_its_times_and_turn_them_off() -> None:
    limits = DeployedLimits(idle_timeout_seconds=0, max_age_seconds=60, ping_interval_seconds=30)

    found = LimitsInForce(DEFAULTS).of(deployment(limits=limits), target="/a")

    assert (found.idle_timeout, found.max_age) == (None, timedelta(minutes=1))
    assert found.ping_interval == timedelta(seconds=30)


def test_least_of_all_message_sizes_holds() -> None:
    limits = LimitsInForce(DEFAULTS)

    assert limits.of(deployment(limits=DeployedLimits(max_message_bytes=5000)), target="/a").max_message_bytes == 1000
    assert limits.of(deployment(limits=DeployedLimits(max_message_bytes=500)), target="/a").max_message_bytes == 500
    assert limits.of(deployment(), target="/a", max_message_bytes=10).max_message_bytes == 10


def test_validated_messages_have_a_size_limit_where_no_other_holds() -> None:
    schema = MessageSchema(target="/a", verb="PUBLISH", schemas=("true",))
    validated = deployment(validation=MessageValidation(messages=(schema,)))
    unlimited = LimitsInForce(UNLIMITED, max_inspected_bytes=99)

    assert unlimited.of(validated, target="/a").max_message_bytes == 99
    assert unlimited.of(validated, target="/a", max_message_bytes=500).max_message_bytes == 99
    assert unlimited.of(validated, target="/b") == UNLIMITED
    assert LimitsInForce(DEFAULTS, max_inspected_bytes=99).of(validated, target="/a").max_message_bytes == 1000


def test_sessions_with_the_same_limits_share_one_object() -> None:
    limits = LimitsInForce(DEFAULTS)

    assert limits.of(deployment(version=1), target="/a") is limits.of(deployment(version=2), target="/b")


def test_limits_of_a_channel_are_those_of_what_is_deployed_now() -> None:
    limits = LimitsInForce(DEFAULTS)
    old, new = deployment(), deployment(version=2, limits=DeployedLimits(max_message_bytes=500))

    found = [limits.of_channel(each, "/a").max_message_bytes for each in (old, new, new, old)]

    assert found == [1000, 500, 500, 1000]
