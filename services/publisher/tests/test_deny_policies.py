"""Deny policies by Admin v4: what is told, what is the same, what is refused."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from contracts.devportal import Application
from contracts.publisher import DenyPolicy

from .world import World

THROTTLING = "/api/am/admin/v4/throttling"


def _condition(kind: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"conditionType": kind, "conditionValue": value, **more}


async def _add(world: World, kind: str, value: Any, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = await world.ok("POST", f"{THROTTLING}/deny-policies", json=_condition(kind, value, **more))
    return made


async def _told(world: World, policy: dict[str, Any]) -> DenyPolicy:
    return (await world.told(DenyPolicy))[policy["conditionId"]]


async def _learn_application(world: World) -> None:
    await world.learn(Application(id="app-1", name="Chat: the app", owner="sue", plan="Unlimited"))


@pytest.mark.parametrize(
    ("kind", "value", "shown", "told"),
    [
        ("USER", "sue", "sue", ("sue", None, False)),
        ("USER", "sue@carbon.super", "sue", ("sue", None, False)),
        ("API", "echowebsocket/1.0.0/", "/echowebsocket/1.0.0", ("/echowebsocket/1.0.0", None, False)),
        ("APPLICATION", "sue:Chat: the app", "sue:Chat: the app", ("sue:Chat: the app", None, False)),
        ("IP", {"fixedIp": "192.0.2.7"}, {"fixedIp": "192.0.2.7", "invert": False}, ("192.0.2.7", None, False)),
        ("IP", {"fixedIp": "::FFFF:192.0.2.7"}, {"fixedIp": "192.0.2.7", "invert": False}, ("192.0.2.7", None, False)),
        (
            "IPRANGE",
            {"startingIp": "2001:DB8::0", "endingIp": "2001:db8::ff", "invert": True},
            {"startingIp": "2001:db8::", "endingIp": "2001:db8::ff", "invert": True},
            ("2001:db8::", "2001:db8::ff", True),
        ),
    ],
)
async def test_policy_is_shown_and_told_in_one_spelling(
    world: World, kind: str, value: Any, shown: Any, told: tuple[str, str | None, bool]
) -> None:
    await world.create()
    await _learn_application(world)

    made = await _add(world, kind, value)

    fact = await _told(world, made)
    assert made == await world.ok("GET", f"{THROTTLING}/deny-policy/{made['conditionId']}")
    assert (made["conditionType"], made["conditionValue"], made["conditionStatus"]) == (kind, shown, True)
    assert (fact.value, fact.last_address, fact.invert, fact.enabled) == (*told, True)


async def test_policy_made_or_set_disabled_is_told_so(any_world: World) -> None:
    world = any_world
    made = await _add(world, "USER", "sue", conditionStatus=False)
    disabled = await _told(world, made)
    path = f"{THROTTLING}/deny-policy/{made['conditionId']}"

    enabled = await world.ok("PATCH", path, json={"conditionStatus": True})
    after = await _told(world, made)
    await world.ok("DELETE", path)

    assert (made["conditionStatus"], disabled.enabled) == (False, False)
    assert (enabled["conditionStatus"], after.enabled) == (True, True)
    assert await world.told(DenyPolicy) == {}
    assert (await world.call("GET", path)).status_code == 404


@pytest.mark.parametrize(
    ("kind", "value", "same"),
    [
        ("USER", "sue", "sue@carbon.super"),
        ("API", "/echowebsocket/1.0", "/echowebsocket/1.0.0"),
        ("IP", {"fixedIp": "2001:db8::1"}, {"fixedIp": "2001:0db8:0::1", "invert": False}),
        (
            "IPRANGE",
            {"startingIp": "192.0.2.1", "endingIp": "192.0.2.9"},
            {"startingIp": "192.0.2.1 ", "endingIp": "192.0.2.9"},
        ),
    ],
)
async def test_same_thing_is_denied_once(any_world: World, kind: str, value: Any, same: Any) -> None:
    await any_world.create()
    await _add(any_world, kind, value)

    again = await any_world.call("POST", f"{THROTTLING}/deny-policies", json=_condition(kind, same))

    assert (again.status_code, again.json()["code"]) == (409, 900979)


async def test_inverted_address_is_another_thing(world: World) -> None:
    await _add(world, "IP", {"fixedIp": "192.0.2.7"})

    await _add(world, "IP", {"fixedIp": "192.0.2.7", "invert": True})

    assert len(await world.told(DenyPolicy)) == 2


@pytest.mark.parametrize("path", ["/deep/1.0.0/chat", "/deep/1/chat"])
async def test_version_inside_the_context_is_found(world: World, path: str) -> None:
    await world.create(name="Deep", context="/deep/{version}/chat", version="1.0")

    assert (await _add(world, "API", path))["conditionValue"] == path


_BAD: list[tuple[str, Any, int, str]] = [
    ("API", "/none/1.0.0", 900977, "/conditionValue"),
    ("API", "/echowebsocket/10", 900977, "/conditionValue"),
    ("API", "/", 900977, "/conditionValue"),
    ("APPLICATION", "sue:none", 900978, "/conditionValue"),
    ("APPLICATION", "sue", 900702, "/conditionValue"),
    ("USER", " ", 900702, "/conditionValue"),
    ("USER", {"fixedIp": "192.0.2.7"}, 900702, "/conditionValue"),
    ("IP", "192.0.2.7", 900702, "/conditionValue"),
    ("IP", {"fixedIp": "192.0.2.256"}, 900702, "/conditionValue/fixedIp"),
    ("IP", {"fixedIp": "10.0.0.0/8"}, 900702, "/conditionValue/fixedIp"),
    ("IP", {"fixedIp": "fe80::1%eth0"}, 900702, "/conditionValue/fixedIp"),
    ("IP", {"fixedIp": "192.0.2.7", "invert": "yes"}, 900702, "/conditionValue/invert"),
    ("IPRANGE", {"startingIp": "192.0.2.7"}, 900702, "/conditionValue/endingIp"),
    ("IPRANGE", {"startingIp": "192.0.2.7", "endingIp": "192.0.2.6"}, 900702, "/conditionValue/endingIp"),
    ("IPRANGE", {"startingIp": "192.0.2.7", "endingIp": "2001:db8::1"}, 900702, "/conditionValue/endingIp"),
    ("IPRANGE", {"startingIp": "192.0.2.7", "endingIp": "192.0.2.9", "x": 1}, 900702, "/conditionValue/x"),
    ("SUBSCRIPTION", "x", 900702, "/conditionType"),
]


@pytest.mark.parametrize(("kind", "value", "code", "pointer"), _BAD)
async def test_bad_policy_is_refused_and_leaves_nothing(
    world: World, kind: str, value: Any, code: int, pointer: str
) -> None:
    await world.create()
    before = await world.row_counts()

    response = await world.call("POST", f"{THROTTLING}/deny-policies", json=_condition(kind, value))

    assert (response.status_code, response.json()["code"]) == (400, code)
    assert response.json()["errors"][0]["pointer"] == pointer, response.text
    assert await world.row_counts() == before


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, ["sue", "10.0.0.1", "10.0.0.10"]),
        ({"conditionType": "IP"}, ["10.0.0.1", "10.0.0.10"]),
        ({"conditionValue": "0.0.1"}, ["10.0.0.1", "10.0.0.10"]),
        ({"conditionValue": "SU"}, ["sue"]),
        ({"conditionValue": '"10.0.0.1"'}, ["10.0.0.1"]),
        ({"conditionValue": "%"}, []),
        ({"conditionType": "USER", "conditionValue": "10"}, []),
    ],
)
async def test_policies_are_found_by_type_and_value(any_world: World, params: dict[str, str], found: list[str]) -> None:
    await _add(any_world, "USER", "sue")
    for address in ("10.0.0.1", "10.0.0.10"):
        await _add(any_world, "IP", {"fixedIp": address})

    page = await any_world.ok("GET", f"{THROTTLING}/deny-policies", params=params)

    values = [one["conditionValue"] for one in page["list"]]
    assert [value if isinstance(value, str) else value["fixedIp"] for value in values] == found
    assert page["count"] == len(found)


@pytest.mark.parametrize("policy_id", ["x", str(uuid.uuid4())], ids=["no id", "unknown id"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_unknown_policy_is_404(world: World, method: str, policy_id: str) -> None:
    response = await world.call(method, f"{THROTTLING}/deny-policy/{policy_id}", json={"conditionStatus": True})

    assert response.status_code == 404


async def test_only_admins_deny(world: World) -> None:
    response = await world.call("POST", f"{THROTTLING}/deny-policies", token="publisher", json=_condition("USER", "x"))

    assert response.status_code == 403
