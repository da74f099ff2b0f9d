"""Which scopes the roles give, and how both are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keymanager.domain.roles import Role, is_bound_to, parse_roles, plain_name
from keymanager.domain.scopes import REST_SCOPES, parse_scope, rest_scopes_of
from keymanager.errors import InvalidInput, InvalidScope


@pytest.mark.parametrize(
    ("role", "given_scope", "withheld"),
    [
        (Role.CREATOR, "apim:api_create", "apim:api_publish"),
        (Role.PUBLISHER, "apim:api_publish", "apim:api_create"),
        (Role.SUBSCRIBER, "apim:subscribe", "apim:api_view"),
    ],
)
def test_each_role_gives_its_own_scopes(role: Role, given_scope: str, withheld: str) -> None:
    scopes = rest_scopes_of([role])

    assert given_scope in scopes
    assert withheld not in scopes
    assert "apim:admin" not in scopes


def test_admin_gives_them_all_and_nobody_none() -> None:
    assert rest_scopes_of([Role.ADMIN]) == set(REST_SCOPES)
    assert rest_scopes_of([]) == frozenset()


@given(st.sets(st.sampled_from(Role)))
def test_more_roles_never_give_less(roles: set[Role]) -> None:
    assert all(rest_scopes_of([role]) <= rest_scopes_of(roles) for role in roles)


@pytest.mark.parametrize(
    ("bindings", "roles", "may"),
    [
        ([], [], True),
        (["creator"], ["creator"], True),
        (["Internal/creator"], ["creator"], True),
        (["creator"], ["publisher"], False),
        (["Internal/everyone"], [], True),
    ],
)
def test_bindings(bindings: list[str], roles: list[str], *, may: bool) -> None:
    assert is_bound_to(bindings, roles=roles) is may


def test_unknown_role_is_named_with_its_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_roles(["creator", "king"])

    assert refused.value.errors[0].pointer == "/roles/1/value"


def test_plain_name() -> None:
    assert plain_name("Internal/creator") == plain_name("creator") == "creator"


def test_scopes_are_read_once_each_in_order() -> None:
    assert parse_scope("b a  b") == ("b", "a")


@given(st.text())
def test_scope_is_read_or_refused(text: str) -> None:
    try:
        names = parse_scope(text)
    except InvalidScope:
        return
    assert all(name and " " not in name and '"' not in name for name in names)
