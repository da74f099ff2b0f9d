"""What is found for one handshake is known for the next, until a fact changes that it was found from."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Fact
from contracts.devportal import Application
from contracts.keymanager import ConsumerKey, KeyType
from contracts.publisher import Block, SubscriptionControl
from gateway.routing.found import Remembered
from gateway.routing.route_table import RouteTable

from .facts import HOST, api, default, deployment, environment, subscription, table_of

PATH = "/c/1.0/rooms/5"
KEY = ConsumerKey(version=1, client_id="c", application_id="x", key_type=KeyType.PRODUCTION)
APPLICATION = Application(version=1, id="x", name="x", owner="sue", plan="p")


def deployed(*hosts: str) -> RouteTable:
    return table_of(environment(*hosts), api("a", "/c"), deployment("a"))


def subscribed() -> RouteTable:
    return table_of(KEY, APPLICATION, subscription("s"))


def test_route_and_its_channel_are_looked_for_once() -> None:
    table = deployed(HOST)

    route = table.route_at(PATH, host=HOST)

    assert route is not None
    assert route.channel is route.channel is not None
    assert table.with_fact(APPLICATION).route_at(PATH, host=HOST) is route


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


_BEFORE: tuple[Fact, ...] = (
    environment(HOST),
    api("a", "/c"),
    deployment("a"),
    deployment("b"),
    default("/c", "a"),
    KEY,
    APPLICATION,
    subscription("s"),
    SubscriptionControl(version=1, subscription_id="s"),
)
_CHANGES: tuple[Fact, ...] = (
    *_BEFORE,
    environment("other.test", HOST),
    api("a", "/d"),
    api("b", "/c", of="2.0"),
    deployment("a", vhost="other.test"),
    default("/c", "b"),
    KEY.model_copy(update={"application_id": "y"}),
    KEY.model_copy(update={"state": "REVOKED"}),
    APPLICATION.model_copy(update={"plan": "q"}),
    subscription("s", api_id="b"),
    subscription("t"),
    SubscriptionControl(subscription_id="s", block=Block.BLOCKED),
)


def _look_ups(table: RouteTable) -> list[object]:
    addresses = [(path, host) for path in (PATH, "/c", "/c/2.0", "/d/1.0") for host in (HOST, "unknown.test")]
    routes = [table.route_at(path, host=host) for path, host in addresses]
    return [*routes, *(table.subscriber("c", api_id=api_id) for api_id in ("a", "b"))]


@given(st.lists(st.tuples(st.sampled_from(_CHANGES), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None)
def test_what_is_remembered_is_what_would_be_found_now(changes: list[tuple[Fact, bool]]) -> None:
    told: list[Fact] = list(_BEFORE)
    table = table_of(*told)
    _look_ups(table)

    for step, (fact, is_deleted) in enumerate(changes):
        told.append(fact.model_copy(update={"version": 2 + step, "deleted": is_deleted}))
        table = table.with_fact(told[-1])
        assert _look_ups(table) == _look_ups(table_of(*told))


def test_memory_is_bounded_and_what_is_used_is_kept_again() -> None:
    memory = Remembered[int, str](capacity=10)

    for number in range(100):
        memory.keep(number, "x")
        assert memory.find(number) == "x"
        assert len(memory) <= 10
