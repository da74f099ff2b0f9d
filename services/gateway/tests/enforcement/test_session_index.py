"""Sessions are found by what facts name, and nothing is left of those that have ended."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.enforcement.session_index import SessionIndex
from gateway.session.grounds import Grounds
from gateway.session.session import Session, SessionLabels
from tokens import Principal


def session(name: str, *, token_id: str = "t", application: str = "x", user: str = "sue", address: str = "") -> Session:
    return Session(
        name,
        labels=SessionLabels("a", application_id=application, user=user, token_id=token_id),
        opened_at=0.0,
        client_address=address or "192.0.2.1",
        expires_at=None,
        grounds=Grounds(_principal(user, token_id), "localhost", "r1", plans=("subscription:Gold",)),
        on_closed=lambda _: None,
    )


def _principal(user: str, token_id: str) -> Principal:
    return Principal(user, "c", "i", ("sluice",), token_id, issued_at=1, expires_at=2, signing_key_id="k")


def test_sessions_of_one_token_share_what_they_remember() -> None:
    index, first, second = SessionIndex(), session("1"), session("2")
    assert first.labels is not second.labels

    index.session_opened(first)
    index.session_opened(second)

    assert first.labels is second.labels
    assert first.grounds is second.grounds


def test_session_is_found_by_everything_it_has() -> None:
    index, one, other = SessionIndex(), session("1"), session("2", token_id="u", user="carl", application="y")
    index.session_opened(one)
    index.session_opened(other)

    assert index.of_token("t") == index.of_user("sue") == index.grouped("application_id", "x") == [one]
    assert {each.session_id for each in index.grouped("api_id", "a")} == {"1", "2"}
    assert {each.session_id for each in index.grouped("plan", "subscription:Gold")} == {"1", "2"}
    assert {each.session_id for each in index.of_address("::ffff:192.0.2.1")} == {"1", "2"}
    assert index.of_token("") == index.of_user("nobody") == index.grouped("issuer", "j") == []


def test_relabelled_session_is_found_by_its_new_labels_only() -> None:
    index, one = SessionIndex(), session("1")
    index.session_opened(one)

    index.relabel(one, labels=replace(one.labels, application_id="z"), grounds=replace(one.grounds, plans=()))

    assert index.grouped("application_id", "z") == [one]
    assert index.grouped("application_id", "x") == index.grouped("plan", "subscription:Gold") == []


_SESSIONS = st.tuples(st.sampled_from("tuv"), st.sampled_from("xy"), st.sampled_from(["sue", "carl"]))


@given(st.lists(_SESSIONS, max_size=12))
@settings(max_examples=100, deadline=None)
def test_index_finds_exactly_the_open_sessions_whatever_was_opened_and_closed(
    kinds: list[tuple[str, str, str]],
) -> None:
    index = SessionIndex()
    made = [session(str(at), token_id=t, application=a, user=u) for at, (t, a, u) in enumerate(kinds)]
    for each in made:
        index.session_opened(each)
    open_ones = made[::2]
    for each in made[1::2]:
        index.session_closed(each)

    for token_id in "tuv":
        assert set(index.of_token(token_id)) == {each for each in open_ones if each.labels.token_id == token_id}
    for application in "xy":
        found = set(index.grouped("application_id", application))
        assert found == {each for each in open_ones if each.labels.application_id == application}
    for each in open_ones:
        index.session_closed(each)
    assert not index.application_ids()
    assert index.of_user("sue") == index.of_address("192.0.2.1") == []
