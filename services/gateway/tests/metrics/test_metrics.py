"""What the gateway counts, as a scrape sees it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.frames import Frame, Opcode

from backing.eventually import eventually
from contracts.publisher import Endpoint
from eventbus.bus import Record
from gateway.handshake import refusals
from gateway.handshake.admission import Admitted
from gateway.metrics.api_labels import ApiLabels
from gateway.metrics.families import FAMILIES
from gateway.metrics.family import Kind
from gateway.routing.route_table import RouteTable
from gateway.session.session import SessionLabels
from gateway.upstream.backend_group import build_group
from services.gateway.tests.admin.admin_port import Admin, open_admin, open_session
from services.gateway.tests.policies.world import SOON, api, attempt, everything

GOLD = SessionLabels(api_id="a1", application_id="app1", user="sue", plan="Gold")
CHAT = {"api": "Chat", "api_version": "1.0", "plan": "Gold"}


@pytest.fixture
async def admin() -> AsyncIterator[Admin]:
    async with open_admin(*everything()) as opened:
        yield opened


def message(payload: bytes, *, mask: bool) -> bytes:
    return Frame(Opcode.BINARY, payload).serialize(mask=mask)


def sample(text: str, name: str, **labels: str) -> float | None:
    """The value of the sample with exactly these labels."""
    found = (one for family in text_string_to_metric_families(text) for one in family.samples)
    return next((one.value for one in found if one.name == name and one.labels == labels), None)


async def expect(admin: Admin, value: float, name: str, **labels: str) -> None:
    async def is_there() -> None:
        assert sample(await admin.metrics(), name, **labels) == value

    await eventually(is_there, within=SOON, message=f"{name} {labels} is {value}")


async def test_messages_and_bytes_rise_while_a_session_is_open(admin: Admin) -> None:
    client, backend = await open_session(admin, "one", plan="Gold")

    client.send(message(b"12345", mask=True) + message(b"678", mask=True))
    backend.send(message(b"1", mask=False))

    await expect(admin, 2, "sluice_gateway_messages_total", **CHAT, direction="in")
    await expect(admin, 8, "sluice_gateway_message_bytes_total", **CHAT, direction="in")
    await expect(admin, 1, "sluice_gateway_messages_total", **CHAT, direction="out")


async def test_what_a_session_has_carried_stays_counted_once_when_it_has_ended(admin: Admin) -> None:
    client, _ = await open_session(admin, "one", plan="Gold")
    client.send(message(b"12345", mask=True))
    await expect(admin, 1, "sluice_gateway_messages_total", **CHAT, direction="in")

    client.send(message(b"12345", mask=True))
    client.shutdown(socket.SHUT_WR)
    closed = {**CHAT, "close_code": "1006", "initiator": "client"}

    await expect(admin, 1, "sluice_gateway_connections_closed_total", **closed)
    await expect(admin, 2, "sluice_gateway_messages_total", **CHAT, direction="in")
    text = await admin.metrics()
    assert sample(text, "sluice_gateway_connection_duration_seconds_count", api="Chat") == 1
    assert "sluice_gateway_connections_active{" not in text


async def test_a_refusal_counts_for_the_api_where_one_was_found(admin: Admin) -> None:
    handshakes = admin.gateway.accounts.metrics.handshakes
    asked = attempt()
    asked.labels = GOLD

    handshakes.refused(refusals.NO_SUBSCRIPTION, asked, peer_address="192.0.2.1")
    handshakes.refused(refusals.MALFORMED_REQUEST, None, peer_address="192.0.2.1")

    text = await admin.metrics()
    nobody = {"api": "", "api_version": "", "plan": ""}
    assert sample(text, "sluice_gateway_connections_total", **CHAT, outcome="forbidden") == 1
    assert sample(text, "sluice_gateway_connections_total", **nobody, outcome="bad_request") == 1


async def test_admission_says_whose_handshake_it_refuses(admin: Admin) -> None:
    asked = attempt()

    assert admin.gateway.rules.admission.decide(asked) is refusals.MISSING_CREDENTIALS
    assert asked.labels == SessionLabels(api_id="a1", channel="/rooms/{room}")


async def test_accepted_handshakes_are_counted_and_timed(admin: Admin) -> None:
    backends = build_group(Endpoint(url="ws://b.test/"), api_id="a1")
    admin.gateway.accounts.metrics.handshakes.accepted(Admitted(backends, GOLD), attempt(), seconds=0.02)

    text = await admin.metrics()
    timed = {"api": "Chat", "api_version": "1.0", "le": "0.025"}
    assert sample(text, "sluice_gateway_connections_total", **CHAT, outcome="accepted") == 1
    assert sample(text, "sluice_gateway_connect_duration_seconds_bucket", **timed) == 1


async def test_throttled_messages_are_counted_by_plan_and_level(admin: Admin) -> None:
    admin.gateway.accounts.metrics.throttling.throttled(GOLD, level="subscription", messages=3)

    await expect(admin, 3, "sluice_gateway_throttled_total", **CHAT, level="subscription")


async def test_no_label_names_a_user_an_application_or_an_address(admin: Admin) -> None:
    await open_session(admin, "one", plan="Gold", consumer_key="c1", token_id="t1")
    await admin.close_sessions()

    text = await admin.metrics()

    assert not re.search(r'"(sue|app1|c1|t1|192\.0\.2\.1)"', text)


async def test_a_close_code_that_nobody_registered_is_other(admin: Admin) -> None:
    client, _ = await open_session(admin, "one", plan="Gold")

    client.send(Frame(Opcode.CLOSE, (4711).to_bytes(2, "big")).serialize(mask=True))
    await admin.close_sessions()

    assert 'close_code="other"' in await admin.metrics()


def test_apis_beyond_the_cap_share_one_label_and_those_that_are_gone_keep_theirs() -> None:
    full = RouteTable("Default").with_fact(api()).with_fact(api(id="a2", name="Ticker"))
    table = full
    labels = ApiLabels(lambda: table, cap=1)

    assert [labels.of("a1"), labels.of("a2"), labels.of("a3")] == [("Chat", "1.0"), ("other", ""), ("", "")]
    table = RouteTable("Default")
    assert labels.of("a1") == ("Chat", "1.0")


async def test_the_age_of_the_facts_rises_while_the_bus_is_away(admin: Admin) -> None:
    async def age() -> float:
        return sample(await admin.metrics(), "sluice_gateway_config_age_seconds") or 0

    admin.bus.available = False
    first = await age()

    async def is_older() -> None:
        assert await age() >= first + 0.05

    await eventually(is_older, within=SOON, message="the facts grow old")


async def test_a_fact_that_cannot_be_read_is_counted(admin: Admin) -> None:
    await admin.bus.send([Record("publisher.api.v1", "a9", b"{}")])

    await expect(admin, 1, "sluice_gateway_facts_rejected_total")


async def test_every_metric_of_the_table_is_exposed_under_its_name(admin: Admin) -> None:
    await admin.gateway.feed.follower.caught_up.wait()
    text = await admin.metrics()

    for family in FAMILIES:
        assert f"# TYPE {family.name} {family.kind}" in text, family.name
    for name in ("sluice_build_info", "process_open_fds", "process_resident_memory_bytes"):
        assert f"# TYPE {name} gauge" in text


def test_names_follow_the_rules_of_prometheus() -> None:
    for family in FAMILIES:
        assert re.fullmatch(r"sluice_gateway_[a-z_]+", family.name)
        assert family.name.endswith("_total") == (family.kind is Kind.COUNTER), family.name
        assert not re.search(r"_(ms|milliseconds|kb|kilobytes|count|sum|bucket)$", family.name), family.name
        assert family.name.endswith("_seconds") or family.kind is not Kind.HISTOGRAM, family.name
        assert not {"le", "quantile", "job", "instance"} & set(family.labels), family.name


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is not installed")
async def test_promtool_finds_nothing_to_say(admin: Admin) -> None:
    await open_session(admin, "one", plan="Gold")
    text = await admin.metrics()

    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=_ours(text), capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def _ours(text: str) -> str:
    """Without those of the libraries that count REST operations, which have names of their own."""
    return "".join(f"{line}\n" for line in text.splitlines() if "http_" not in line)
