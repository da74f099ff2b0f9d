"""Health says what is wrong, metrics count by route."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from telemetry.health import install_health_routes
from telemetry.metrics import create_registry, measure_requests


class Database:
    """A check whose outcome a test may change."""

    def __init__(self) -> None:
        self.reason: str | None = None

    async def check(self) -> str | None:
        return self.reason


async def _fine() -> str | None:
    return None


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    registry = create_registry(service="shop", release="1.2.3")
    app = FastAPI()
    checks = {"database": database.check, "feed": _fine}
    install_health_routes(app, service="shop", release="1.2.3", checks=checks, registry=registry)

    @app.get("/things/{thing}")
    async def thing(thing: str) -> str:
        return thing

    measure_requests(app, registry)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://shop.test") as client:
        yield client


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
async def test_ready_when_every_check_is_fine(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "service": "shop",
        "version": "1.2.3",
        "checks": {"database": "ok", "feed": "ok"},
    }


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
async def test_one_check_that_fails_is_503_and_named(http: httpx2.AsyncClient, database: Database, path: str) -> None:
    database.reason = "it is away"

    answer = await http.get(path)

    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"] == {"database": "it is away", "feed": "ok"}


async def test_alive_whatever_the_checks_say(http: httpx2.AsyncClient, database: Database) -> None:
    database.reason = "it is away"

    answer = await http.get("/livez")

    assert (answer.status_code, answer.json()["status"]) == (200, "alive")


async def test_metrics_name_the_release(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'sluice_build_info{service="shop",version="1.2.3"} 1.0' in answer.text


async def test_requests_are_counted_by_route_not_by_path_and_health_is_not(http: httpx2.AsyncClient) -> None:
    for path in ("/things/hat", "/things/coat", "/nowhere/5", "/readyz", "/livez"):
        await http.get(path)

    counted = [line for line in (await http.get("/metrics")).text.splitlines() if line.startswith("http_requests_")]

    assert any('handler="/things/{thing}"' in line and line.endswith(" 2.0") for line in counted)
    assert not any(word in line for line in counted for word in ("hat", "coat", "/nowhere/5", "/readyz", "/livez"))


async def test_health_is_no_part_of_the_document(http: httpx2.AsyncClient) -> None:
    assert set((await http.get("/openapi.json")).json()["paths"]) == {"/things/{thing}"}


def test_two_services_in_one_process_do_not_clash() -> None:
    assert create_registry(service="a", release="1") is not create_registry(service="b", release="1")
