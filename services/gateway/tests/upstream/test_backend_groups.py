"""The backends of a deployment: their order, their credential, and how long they are remembered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from backends.sealing import Seal, credential_context
from contracts.keymanager import KeyType
from contracts.publisher import Deployment, Distribution, Endpoint, EndpointSecurity, Suspension
from gateway.upstream.backend_group import BackendGroup, build_group
from gateway.upstream.backend_groups import BackendGroups
from gateway.upstream.errors import BackendUnreachable

NOW = 1000.0
KEY = b"k" * 32
SECRET = "Bearer geheim"
HERE = credential_context(api_id="a1", key_type="PRODUCTION")
THREE = ("ws://a.test/", "ws://b.test/", "ws://c.test/")


def group(distribution: Distribution, *, suspended: tuple[str, ...] = ()) -> BackendGroup:
    endpoint = Endpoint(
        url=THREE[0],
        further_urls=THREE[1:],
        distribution=distribution,
        suspension=Suspension(duration_ms=10_000),
    )
    built = build_group(endpoint, api_id="a1")
    for backend in built.backends:
        if backend.endpoint.host[0] in suspended:
            assert backend.begin(NOW)
            backend.failed(BackendUnreachable(), NOW)
    return built


def order(asked: BackendGroup, now: float = NOW) -> str:
    return "".join(backend.endpoint.host[0] for backend in asked.in_order(now))


def test_failover_is_in_the_order_given() -> None:
    failover = group(Distribution.FAILOVER)

    assert [order(failover) for _ in range(3)] == ["abc", "abc", "abc"]


def test_round_robin_gives_each_its_turn_and_falls_back_on_the_others() -> None:
    robin = group(Distribution.ROUND_ROBIN)

    assert sorted(order(robin) for _ in range(3)) == ["abc", "bca", "cab"]


@pytest.mark.parametrize("distribution", list(Distribution))
def test_suspended_backends_are_left_out(distribution: Distribution) -> None:
    asked = group(distribution, suspended=("a", "c"))

    assert order(asked) == "b"
    assert sorted(order(asked, NOW + 10)) == ["a", "b", "c"]


def test_group_says_how_long_all_are_suspended() -> None:
    assert group(Distribution.FAILOVER, suspended=("a", "b", "c")).seconds_suspended(NOW + 4) == 6


def test_url_that_cannot_be_dialled_is_left_out() -> None:
    built = build_group(Endpoint(url="http://a.test/", further_urls=("ws://b.test/",)), api_id="a1")

    assert [endpoint.host for endpoint in built.endpoints] == ["b.test"]
    assert built.fault is None


def deployment(*, version: int = 1, sealed: str = "", header: str = "Authorization") -> Deployment:
    security = EndpointSecurity(header=header, sealed_value=sealed) if sealed else None
    return Deployment(
        version=version,
        api_id="a1",
        environment="Default",
        revision_id="r1",
        vhost="localhost",
        production_endpoint=Endpoint(url="ws://production.test/", security=security),
        sandbox_endpoint=Endpoint(url="ws://sandbox.test/"),
        deployed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def sealed(text: str = SECRET, *, context: str = HERE) -> str:
    return Seal([KEY]).close_text(text, context=context)


def test_credential_is_opened_for_the_backend() -> None:
    found = BackendGroups(Seal([KEY])).find(deployment(sealed=sealed(), header="X-Key"), KeyType.PRODUCTION)

    assert found.headers == (("X-Key", SECRET),)
    assert found.fault is None
    assert "geheim" not in repr(found)


@pytest.mark.parametrize(
    ("seal", "credential", "header"),
    [
        (None, sealed(), "Authorization"),
        (Seal([b"x" * 32]), sealed(), "Authorization"),
        (Seal([KEY]), sealed(context=credential_context(api_id="another", key_type="PRODUCTION")), "Authorization"),
        (Seal([KEY]), sealed(context=credential_context(api_id="a1", key_type="SANDBOX")), "Authorization"),
        (Seal([KEY]), "rubbish", "Authorization"),
        (Seal([KEY]), sealed("geheim\r\nX-Forwarded-For: 1"), "Authorization"),
        (Seal([KEY]), sealed("geheim ü"), "Authorization"),
        (Seal([KEY]), sealed(), "Host"),
        (Seal([KEY]), sealed(), "Sec-WebSocket-Key"),
        (Seal([KEY]), sealed(), "Connection"),
        (Seal([KEY]), sealed(), "two words"),
    ],
    ids=[
        "no key",
        "another key",
        "of another API",
        "of the sandbox",
        "not sealed",
        "two lines",
        "not ASCII",
        "for Host",
        "for the handshake",
        "for the connection",
        "for no header",
    ],
)
def test_unusable_credential_is_told_to_the_operator_once_and_never_shown(
    seal: Seal | None, credential: str, header: str
) -> None:
    groups, asked = BackendGroups(seal), deployment(sealed=credential, header=header)

    with capture_logs() as lines:
        found = groups.find(asked, KeyType.PRODUCTION)
        assert groups.find(asked, KeyType.PRODUCTION) is found

    assert found.fault is not None
    assert found.fault.code == "unusable-backend-credential"
    assert [line["log_level"] for line in lines] == ["error"]
    assert "geheim" not in f"{lines}{found}{found.fault}{found.fault.detail}"
    assert found.headers == ()


def test_group_is_remembered_while_its_deployment_stands() -> None:
    groups, first = BackendGroups(), deployment()

    found = groups.find(first, KeyType.PRODUCTION)

    assert groups.find(first, KeyType.PRODUCTION) is found
    assert groups.find(first, KeyType.SANDBOX) is not found
    assert groups.find(deployment(version=2), KeyType.PRODUCTION) is not found
