"""What a path leads to, and that it depends only on the newest fact of each thing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Fact, Tombstone
from contracts.devportal import Application
from contracts.keymanager import ConsumerKey, KeyType, ReferenceToken
from contracts.publisher import (
    Api,
    DenyPolicy,
    DenyType,
    Environment,
    Plan,
    PlanLevel,
    SessionBan,
    SubscriptionControl,
    Vhost,
)
from gateway.routing.ban_index import Bannable
from gateway.routing.path import base_path, readings
from gateway.routing.route_table import TABLE_FACTS, RouteTable

from .facts import HOST, NOW, api, default, deleted, deployed, deployment, subscription, table_of, tombstone


def found(table: RouteTable, path: str, *, vhost: str = HOST) -> tuple[str, str] | None:
    """The API's id and the sub-path."""
    route = table.find_route(path, vhost=vhost)
    return (route.api.id, route.sub_path) if route else None


class TestPaths:
    """Base paths, versions and defaults."""

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/chat/1.0", ("a", "")),
            ("/chat/1", ("a", "")),
            ("/chat/1.0.0", ("a", "")),
            ("/chat/1.0/", ("a", "")),
            ("/chat/1.0/rooms/5", ("a", "/rooms/5")),
            ("/chat/1.0/1.0", ("a", "/1.0")),
            ("/chat", None),
            ("/chat/1.1", None),
            ("/chat/10", None),
            ("/Chat/1.0", None),
            ("/chatter/1.0", None),
            ("/", None),
            ("", None),
        ],
    )
    def test_version_is_a_segment_and_compared_without_trailing_zeros(
        self, path: str, expected: tuple[str, str] | None
    ) -> None:
        assert found(deployed(api("a", "/chat")), path) == expected

    def test_longest_base_path_wins(self) -> None:
        table = deployed(api("short", "/a", of="1"), api("long", "/a/1/b", of="2"))

        assert found(table, "/a/1/b/2/x") == ("long", "/x")
        assert found(table, "/a/1/b/3") == ("short", "/b/3")

    def test_longest_wins_over_a_default_too(self) -> None:
        table = deployed(api("short", "/a", of="1"), api("long", "/a/b", of="2"))
        table = table.with_fact(default("/a", "short")).with_fact(default("/a/b", "long"))

        assert found(table, "/a/b") == ("long", "")
        assert found(table, "/a/c") == ("short", "/c")

    def test_version_wins_over_a_default_of_the_same_length(self) -> None:
        table = deployed(api("versioned", "/a", of="2"), api("defaulted", "/a/2", of="1"))
        table = table.with_fact(default("/a/2", "defaulted"))

        assert found(table, "/a/2") == ("versioned", "")
        assert found(table, "/a/2/1") == ("defaulted", "")

    def test_unknown_version_of_a_context_with_a_default_is_the_defaults_sub_path(self) -> None:
        table = deployed(api("a", "/ctx", of="1.0")).with_fact(default("/ctx", "a"))

        assert found(table, "/ctx/2.0.0") == ("a", "/2.0.0")
        assert found(table, "/ctx") == ("a", "")
        assert found(table, "/ctx/1.0.0/x") == ("a", "/x")

    def test_long_path_of_a_stranger_costs_no_more_than_the_deepest_api(self) -> None:
        path = "/a" * 4000

        assert len(list(readings(path, deepest=2))) == 2
        assert found(deployed(api("a", "/a")), path) is None
        assert found(deployed(api("a", "/a", of="a")), path) == ("a", path[4:])

    def test_version_inside_a_context(self) -> None:
        table = deployed(api("one", "/chat/{version}/eu", of="1.0"), api("two", "/chat/{version}/eu", of="2.0"))
        table = table.with_fact(default("/chat/{version}/eu", "two"))

        assert found(table, "/chat/1/eu/x") == ("one", "/x")
        assert found(table, "/chat/2.0.0/eu") == ("two", "")
        assert found(table, "/chat/eu/x") == ("two", "/x")
        assert found(table, "/chat/eu/1.0") == ("two", "/1.0")
        assert found(table, "/chat/3/eu") is None

    def test_segment_that_is_not_the_version_is_compared_as_it_stands(self) -> None:
        table = deployed(api("a", "/data/7.0", of="1.0"))

        assert found(table, "/data/7.0/1") == ("a", "")
        assert found(table, "/data/7/1") is None

    def test_default_may_change_hands(self) -> None:
        table = deployed(api("one", "/a", of="1"), api("two", "/a", of="2")).with_fact(default("/a", "one"))

        table = table.with_fact(default("/a", "two", version=2))

        assert found(table, "/a") == ("two", "")

    def test_default_that_is_not_deployed_is_none(self) -> None:
        table = table_of(api("a", "/a"), default("/a", "a"))

        assert found(table, "/a") is None


class TestDeployments:
    """Environments, virtual hosts, and what was deleted."""

    def test_deployment_of_another_environment_is_not_here(self) -> None:
        table = table_of(api("a", "/a"), deployment("a", environment="Other"))

        assert found(table, "/a/1.0") is None
        assert list(table.deployments()) == []

    def test_virtual_host_decides(self) -> None:
        table = table_of(
            api("a", "/same", of="1"),
            deployment("a", vhost="one.test"),
            api("b", "/other", of="1"),
            deployment("b", vhost="two.test"),
        )

        assert found(table, "/same/1", vhost="one.test") == ("a", "")
        assert found(table, "/same/1", vhost="two.test") is None

    def test_longest_base_path_on_another_host_hides_nothing(self) -> None:
        table = table_of(
            api("short", "/a", of="1"),
            deployment("short", vhost="one.test"),
            api("long", "/a/1/b", of="1"),
            deployment("long", vhost="two.test"),
        )

        assert found(table, "/a/1/b/1", vhost="one.test") == ("short", "/b/1")

    @pytest.mark.parametrize("how", [deleted, tombstone])
    @pytest.mark.parametrize("gone", [api("a", "/a"), deployment("a")], ids=["api", "deployment"])
    def test_what_is_deleted_is_not_routed(self, gone: Fact, how: Any) -> None:
        table = deployed(api("a", "/a"))

        assert found(table.with_fact(how(gone)), "/a/1.0") is None
        assert found(table, "/a/1.0") == ("a", "")

    @pytest.mark.parametrize("late", [0, 1, 8, 9])
    def test_deleted_thing_does_not_come_back(self, late: int) -> None:
        table = deployed(api("a", "/a")).with_fact(deleted(api("a", "/a")))

        assert table.with_fact(api("a", "/a", version=late)) is table
        assert table.was_deleted(Api, "a")

    def test_api_made_anew_under_the_same_context_is_found_whatever_comes_first(self) -> None:
        old, new = [api("old", "/a"), deployment("old")], [api("new", "/a", version=5), deployment("new", version=5)]
        gone = [deleted(fact) for fact in old]

        assert found(table_of(*old, *gone, *new), "/a/1.0") == ("new", "")
        assert found(table_of(*old, *new), "/a/1.0") == ("new", "")
        assert found(table_of(*old, *new, *gone), "/a/1.0") == ("new", "")
        assert found(table_of(*gone, *new, *old), "/a/1.0") == ("new", "")

    def test_api_that_moves_leaves_its_old_path(self) -> None:
        table = deployed(api("a", "/before")).with_fact(api("a", "/after", version=2))

        assert found(table, "/before/1.0") is None
        assert found(table, "/after/1.0") == ("a", "")

    def test_virtual_hosts_are_those_of_the_own_environment(self) -> None:
        own = Environment(version=1, id="d", name="Default", display_name="", vhosts=(Vhost(host="a"), Vhost(host="b")))
        other = Environment(version=1, id="o", name="Other", display_name="", vhosts=(Vhost(host="c"),))

        assert table_of(own, other).vhosts() == ("a", "b")
        assert table_of(other).vhosts() == ()
        assert table_of(other).has_environment()
        assert not table_of(own, deleted(own)).has_environment()


def test_newest_of_two_subscriptions_of_a_pair_counts() -> None:
    table = table_of(subscription("new", version=5), subscription("old", version=2))

    newest = table.subscription(api_id="a", application_id="x")

    assert newest is not None
    assert newest.id == "new"
    assert table.with_fact(deleted(subscription("new"))).subscription(api_id="a", application_id="x") is not None
    assert table.subscription(api_id="a", application_id="y") is None


class TestForgetting:
    """What the log has forgotten cannot come back, so it is not remembered for ever."""

    DAY = 24 * 3600 * 1000

    def gone(self, number: int, version: int) -> Fact:
        return deleted(_reference_token(f"t{number}"), version)

    def test_deletions_older_than_the_log_are_forgotten(self) -> None:
        table = table_of(*(self.gone(number, self.DAY) for number in range(9_999)))

        table = table.with_fact(self.gone(10_000, 4 * self.DAY))

        assert table.was_deleted(ReferenceToken, "t10000")
        assert not table.was_deleted(ReferenceToken, "t5")

    def test_deletions_that_the_log_still_holds_are_remembered(self) -> None:
        table = table_of(*(self.gone(number, self.DAY) for number in range(9_999)))

        table = table.with_fact(self.gone(10_000, 2 * self.DAY))

        assert table.was_deleted(ReferenceToken, "t5")
        assert table.with_fact(_reference_token("t5")).reference_token("t5") is None

    def test_deleted_api_is_remembered_as_long_as_its_tombstone(self) -> None:
        table = table_of(deleted(api("a", "/c"), self.DAY), *(self.gone(n, self.DAY) for n in range(9_998)))

        table = table.with_fact(self.gone(10_000, 4 * self.DAY))

        assert table.was_deleted(Api, "a")
        assert not table.was_deleted(ReferenceToken, "t5")

    def test_things_of_a_log_that_forgets_by_age_are_forgotten_with_it(self) -> None:
        old_ban = SessionBan(id="b", version=self.DAY, user="sue", banned_at=NOW, until=NOW)
        table = table_of(old_ban, api("a", "/c"), *(self.gone(n, 4 * self.DAY) for n in range(9_999)))

        assert table.session_ban("b") is None
        assert table.api("a") is not None


# One generator for each thing: few ids and few versions, so that collisions and replacements are common. Two different
# things never share a version in these, since which of two equally new APIs of one path wins is nobody's promise.
_IDS = ("a", "b")
_CONTEXTS = ("/c", "/c/1", "/{version}/c", "/c/{version}/d")


def _states_of(number: int, *states: Fact) -> list[Fact | Tombstone]:
    """The states in the order in which they were written, then the deletion; versions are unique over all things."""
    versions = [index * 100 + number for index in range(1, len(states) + 2)]
    written: list[Fact | Tombstone] = [
        state.model_copy(update={"version": version}) for state, version in zip(states, versions, strict=False)
    ]
    written += [deleted(states[-1], versions[-1]), tombstone(states[-1], versions[-1])]
    return written


def _world() -> list[Fact | Tombstone]:
    histories: list[list[Fact]] = []
    for identity in _IDS:
        histories.append([api(identity, context, of=of) for context in _CONTEXTS for of in ("1.0", "2")])
        histories.append([deployment(identity), deployment(identity, vhost="other.test"), deployment(identity)])
        histories.append([subscription(identity), subscription(identity, api_id="b")])
        histories.append([ConsumerKey(client_id=identity, application_id="x", key_type=KeyType.PRODUCTION)])
        histories.append([Application(id=identity, name="x", owner="sue", plan="p")])
        histories.append([SubscriptionControl(subscription_id=identity)])
        histories.append([Plan(id=identity, level=PlanLevel.API, name=identity, display_name="")])
        histories.append([_reference_token(identity)])
    denials: list[Fact] = [DenyPolicy(id="d1", type=DenyType.API, value=value) for value in ("/c/1.0", "/c/1/d")]
    denials.append(DenyPolicy(id="d1", type=DenyType.IPRANGE, value="10.0.0.0", last_address="10.0.0.9", invert=True))
    histories += [denials, [DenyPolicy(id="d2", type=DenyType.IP, value="10.0.0.5")]]
    on_people: list[Fact] = [DenyPolicy(id="d3", type=DenyType.APPLICATION, value="sue:x")]
    on_people += [DenyPolicy(id="d3", type=DenyType.USER, value="sue", enabled=enabled) for enabled in (False, True)]
    histories.append(on_people)
    bans = [SessionBan(id="b1", user=user, api_id="a", banned_at=NOW, until=NOW) for user in ("sue", "carl")]
    histories.append([*bans, SessionBan(id="b1", plan="Gold", banned_at=NOW, until=NOW)])
    others = [{"application_id": "x"}, {"address": "10.0.0.1"}, {"user": "sue", "address": "10.0.0.2"}]
    histories.append([SessionBan.model_validate({"id": "b2", "banned_at": NOW, "until": NOW} | of) for of in others])
    histories += [[default(context, identity) for identity in _IDS] for context in _CONTEXTS]
    hosts = [(Vhost(host=HOST),), (Vhost(host="other.test"), Vhost(host=HOST))]
    histories.append([Environment(id="d", name="Default", display_name="", vhosts=vhosts) for vhosts in hosts])
    return [fact for number, history in enumerate(histories) for fact in _states_of(number, *history)]


def _reference_token(token_hash: str) -> ReferenceToken:
    return ReferenceToken(
        hash=token_hash,
        client_id="a",
        subject="sue",
        key_type=KeyType.PRODUCTION,
        issuer="i",
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )


_WORLD = _world()
_PATHS = ("/c", "/c/1", "/c/2.0", "/c/1/d", "/c/2/d/x", "/1.0/c", "/2/c/1", "/c/1/1", "/c/d", "/c/d/1/x", "/x")


def _view(table: RouteTable) -> dict[str, object]:
    """Every look-up that could differ."""
    view: dict[str, object] = {
        f"{vhost}{path}": table.find_route(path, vhost=vhost) for vhost in (HOST, "other.test") for path in _PATHS
    }
    for identity in _IDS:
        view[f"of {identity}"] = (
            table.api(identity),
            table.application(identity),
            table.consumer_key(identity),
            table.subscription_control(identity),
            table.reference_token(identity),
            table.plan(f"api:{identity}"),
            table.subscription(api_id=identity, application_id="x"),
        )
        view[f"deleted {identity}"] = [table.was_deleted(kind, identity) for kind in TABLE_FACTS]
    view["denied paths"] = [table.denials.denies_api(base_path("/c", of)) for of in ("1", "2")]
    view["denied people"] = (
        table.denials.denies_application(owner="sue", name="x"),
        table.denials.denies_user("sue"),
        table.denials.is_empty,
    )
    view["denied addresses"] = [table.denials.denies_address(address) for address in ("10.0.0.5", "10.0.0.10")]
    view["banned"] = [
        table.bans.forbids(Bannable("a", application, plan, user, address), now=NOW - timedelta(days=1))
        for application in ("x", "y")
        for plan in ("Gold", "Silver")
        for user in ("sue", "carl")
        for address in ("10.0.0.1", "10.0.0.2")
    ]
    view |= _found_again(table)
    view["vhosts"] = table.vhosts()
    view["environment"] = table.has_environment()
    view["deployments"] = sorted(each.key for each in table.deployments())
    view["sizes"] = {topic: size for topic, size in table.sizes().items() if size}
    return view


def _found_again(table: RouteTable) -> dict[str, object]:
    """The look-ups that are remembered."""
    found: dict[str, object] = {f"at {path}": table.route_at(path, host=HOST) for path in _PATHS}
    asked = [(client_id, api_id) for client_id in _IDS for api_id in _IDS]
    return found | {f"{client} of {api}": table.subscriber(client, api_id=api) for client, api in asked}


def test_the_property_below_speaks_of_every_kind_of_fact() -> None:
    assert {type(fact) for fact in _WORLD} == {*TABLE_FACTS, Tombstone}


@given(told=st.lists(st.sampled_from(_WORLD), max_size=60), data=st.data())
@settings(max_examples=200, deadline=None)
def test_any_order_and_repetition_of_facts_gives_the_same_table(
    told: list[Fact | Tombstone], data: st.DataObject
) -> None:
    rebuilt = table_of(*sorted(told, key=lambda fact: fact.version))

    table = table_of(*data.draw(st.permutations(told)))

    assert _view(table) == _view(rebuilt)
    assert _view(table_of(*told, *told)) == _view(rebuilt)


@given(told=st.lists(st.sampled_from(_WORLD), max_size=30), more=st.lists(st.sampled_from(_WORLD), max_size=30))
@settings(max_examples=50, deadline=None)
def test_table_in_use_never_changes(told: list[Fact | Tombstone], more: list[Fact | Tombstone]) -> None:
    table = table_of(*told)
    before = _view(table)

    newer = table
    for fact in more:
        newer = newer.with_fact(fact)

    assert _view(table) == before
