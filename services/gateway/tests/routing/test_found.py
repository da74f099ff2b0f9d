"""What is found for one handshake is known for the next, until a fact changes that it was found from."""

from __future__ import annotations

import pytest

from contracts import Fact
from contracts.devportal import Application
from contracts.keymanager import ConsumerKey, KeyType
from contracts.publisher import SubscriptionControl
from gateway.routing.found import Remembered
from gateway.routing.route_table import RouteTable

from .facts import HOST, api, default, deployment, environment, subscription, table_of

PATH = "/c/1.0/rooms/5"
APPLICATION = Application(version=1, id="x", name="x", owner="sue", plan="p")


def deployed(*hosts: str) -> RouteTable:
    return table_of(environment(*hosts), api("a", "/c"), deployment("a"))


def subscribed() -> RouteTable:
    key = ConsumerKey(version=1, client_id="c", application_id="x", key_type=KeyType.PRODUCTION)
    return table_of(key, APPLICATION, subscription("s"))


def test_route_and_its_channel_are_looked_for_once() -> None:
    table = deployed(HOST)

    route = table.route_at(PATH, host=HOST)

    assert route is not None
    assert route.channel is route.channel is not None
    assert table.with_fact(APPLICATION).route_at(PATH, host=HOST) is route


@pytest.mark.parametrize(
    "fact",
    [api("b", "/d"), deployment("b"), default("/d", "a"), environment(HOST, "b", version=2)],
    ids=lambda fact: type(fact).__name__,
)
def test_route_is_looked_for_again_when_a_fact_of_routes_changes(fact: Fact) -> None:
    table = deployed(HOST)
    route = table.route_at(PATH, host=HOST)

    again = table.with_fact(fact).route_at(PATH, host=HOST)

    assert again is not route
    assert again == route


def test_route_on_one_host_is_none_on_another() -> None:
    table = deployed(HOST, "other.test")

    assert table.route_at(PATH, host=HOST) is not None
    assert table.route_at(PATH, host="other.test") is None
    assert table.route_at(PATH, host=f"{HOST}:8443") is not None


def test_long_address_is_found_and_not_remembered() -> None:
    table, long = deployed(HOST), PATH + "x" * 300

    route = table.route_at(long, host=HOST)

    assert route is not None
    assert table.route_at(long, host=HOST) is not route


def test_subscriber_is_looked_for_once() -> None:
    table = subscribed()

    subscriber = table.subscriber("c", api_id="a")

    assert subscriber is not None
    assert table.with_fact(api("b", "/d")).subscriber("c", api_id="a") is subscriber


def test_subscriber_is_looked_for_again_when_a_fact_of_it_changes() -> None:
    table = subscribed()
    before = table.subscriber("c", api_id="a")

    after = table.with_fact(SubscriptionControl(version=1, subscription_id="s")).subscriber("c", api_id="a")

    assert before is not None
    assert before.control is None
    assert after is not None
    assert after.control is not None


def test_memory_is_bounded_and_what_is_used_is_kept_again() -> None:
    memory = Remembered[int, str](capacity=10)

    for number in range(100):
        memory.keep(number, "x")
        assert memory.find(number) == "x"
        assert len(memory) <= 10
