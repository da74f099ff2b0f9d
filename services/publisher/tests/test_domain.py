"""The pure rules: versions, life cycle, identity, endpoints, default version."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.publisher import ApiState
from publisher.domain.default_version import active_default
from publisher.domain.endpoint_url import check_url
from publisher.domain.identity import Identity, check_new_version, checked_identity, checked_version
from publisher.domain.lifecycle import Action, available_transitions, next_state, undeploys
from publisher.domain.search import parse_search
from publisher.domain.versions import is_older, is_same_version
from publisher.errors import InvalidInput, PublisherError, UnsupportedAction, UnusableEndpoint

_ALLOWED = {
    (ApiState.CREATED, Action.PUBLISH): ApiState.PUBLISHED,
    (ApiState.CREATED, Action.DEPLOY_AS_PROTOTYPE): ApiState.PROTOTYPED,
    (ApiState.PROTOTYPED, Action.PUBLISH): ApiState.PUBLISHED,
    (ApiState.PROTOTYPED, Action.DEMOTE_TO_CREATED): ApiState.CREATED,
    (ApiState.PROTOTYPED, Action.DEPLOY_AS_PROTOTYPE): ApiState.PROTOTYPED,
    (ApiState.PUBLISHED, Action.BLOCK): ApiState.BLOCKED,
    (ApiState.PUBLISHED, Action.DEPLOY_AS_PROTOTYPE): ApiState.PROTOTYPED,
    (ApiState.PUBLISHED, Action.DEMOTE_TO_CREATED): ApiState.CREATED,
    (ApiState.PUBLISHED, Action.DEPRECATE): ApiState.DEPRECATED,
    (ApiState.PUBLISHED, Action.PUBLISH): ApiState.PUBLISHED,
    (ApiState.BLOCKED, Action.DEPRECATE): ApiState.DEPRECATED,
    (ApiState.BLOCKED, Action.RE_PUBLISH): ApiState.PUBLISHED,
    (ApiState.DEPRECATED, Action.RETIRE): ApiState.RETIRED,
}

_literals = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize("state", ApiState)
@pytest.mark.parametrize("action", Action)
def test_lifecycle_is_exactly_wso2s(state: ApiState, action: Action) -> None:
    target = _ALLOWED.get((state, action))

    if target is None:
        with pytest.raises(UnsupportedAction, match="Allowed actions are"):
            next_state(state, action)
    else:
        assert next_state(state, action) is target


@pytest.mark.parametrize("state", ApiState)
def test_self_transitions_are_not_offered(state: ApiState) -> None:
    assert all(transition.target is not state for transition in available_transitions(state))


def test_only_demoting_and_retiring_undeploy() -> None:
    leaving = {(a, b) for a in ApiState for b in ApiState if undeploys(b, came_from=a)}

    assert (ApiState.PUBLISHED, ApiState.CREATED) in leaving
    assert (ApiState.DEPRECATED, ApiState.RETIRED) in leaving
    assert not {(a, b) for a, b in leaving if b not in {ApiState.CREATED, ApiState.RETIRED}}


@given(_literals, st.integers(0, 3))
def test_trailing_zeros_do_not_make_another_version(version: str, zeros: int) -> None:
    longer = version + ".0" * zeros

    assert is_same_version(version, longer)
    assert not is_older(version, longer)
    assert not is_older(longer, version)


@given(_literals, _literals)
def test_of_two_different_versions_one_is_older(one: str, other: str) -> None:
    assert (is_older(one, other) + is_older(other, one) + is_same_version(one, other)) == 1


@pytest.mark.parametrize(("one", "other"), [("10", "1.0"), ("1", "10"), ("1.0.1", "1.0"), ("v1", "1")])
def test_versions_that_look_alike_are_different(one: str, other: str) -> None:
    assert not is_same_version(one, other)


@pytest.mark.parametrize(("old", "new"), [("1.9", "1.10"), ("1", "1.0.1"), ("2", "10"), ("v1", "v2")])
def test_older_version_is_found_by_number(old: str, new: str) -> None:
    assert is_older(old, new)


@pytest.mark.parametrize(
    ("given_context", "kept"),
    [("echo", "/echo"), ("/echo/", "/echo"), ("/a/{version}/b", "/a/{version}/b"), ("/A-1_x.y~z", "/A-1_x.y~z")],
)
def test_context_is_brought_into_form(given_context: str, kept: str) -> None:
    assert checked_identity("Echo", given_context).context == kept


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=40))
def test_any_text_is_an_identity_or_refused(name: str, context: str, version: str) -> None:
    try:
        identity = checked_identity(name, context)
        checked_version(version)
    except InvalidInput:
        return

    assert identity.context.startswith("/")
    assert "//" not in identity.context


def test_new_version_of_the_same_api_is_free() -> None:
    echo = Identity("Echo", "/echo")

    check_new_version(echo, "2.0", by_name=echo, by_context=echo, versions=["1.0"])


@pytest.mark.parametrize(
    "url", ["ws://a", "wss://a.example:443/x?y=z", "ws://127.0.0.1:1", "ws://[::1]:9/", "ws://a_b"]
)
def test_websocket_url_is_an_endpoint(url: str) -> None:
    check_url(url, pointer="/url")


@pytest.mark.parametrize(
    "url",
    ["", "a", "http://a", "ws:a", "ws://", "ws://:80", "ws://a:", "ws://a:x", "ws://@a", "ws://a\\@b", "ws://a#",
     "ws://a b", "ws://ä", "ws://a\n", "ws://-a", "ws://a..b", "ws://[::1", "ws://{host}/",
     "ws://a:65536", "ws://" + "a" * 3000],
)  # fmt: skip
def test_other_text_is_no_endpoint(url: str) -> None:
    with pytest.raises(UnusableEndpoint):
        check_url(url, pointer="/url")


@given(st.text(max_size=60))
def test_any_text_is_an_endpoint_or_refused(url: str) -> None:
    try:
        check_url(f"ws://{url}", pointer="/url")
    except PublisherError:
        return
    assert url.isascii()


@pytest.mark.parametrize(
    ("chosen", "active", "can_serve", "expected"),
    [(None, "a", False, None), ("b", "a", False, "a"), ("b", "a", True, "b"), ("b", None, False, None)],
)
def test_default_version_waits_until_it_can_serve(
    chosen: str | None, active: str | None, can_serve: bool, expected: str | None
) -> None:
    assert active_default(chosen=chosen, active=active, can_chosen_serve=can_serve) == expected


@given(st.text(max_size=50))
def test_any_search_is_understood_or_refused(query: str) -> None:
    try:
        search = parse_search(query)
    except InvalidInput:
        return

    assert all(search.wanted.values())
