"""Bearer tokens, errors, and the docs page of every service."""

from __future__ import annotations

import hashlib
import json
import re
from urllib.parse import urlsplit

import httpx2
import pytest

from hosting.docs_page import STATIC

SUE = {"Authorization": "Bearer sue/shop:read"}


@pytest.mark.parametrize("path", ["/me", "/write"])
async def test_no_token_is_401_with_a_challenge(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="sluice"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == 900902


@pytest.mark.parametrize("header", ["Bearer bad", "Bearer", "Bearer ", "Basic c3VlOnB3", "sue/shop:write", ""])
@pytest.mark.parametrize("path", ["/who", "/me", "/write"])
async def test_bad_token_is_401_everywhere(http: httpx2.AsyncClient, path: str, header: str) -> None:
    answer = await http.get(path, headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == 900901


async def test_good_token_without_a_wanted_scope_is_403(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/write", headers=SUE)

    assert answer.status_code == 403
    assert answer.json()["code"] == 900910
    assert "shop:write shop:all" in answer.json()["description"]


@pytest.mark.parametrize("scopes", ["shop:write", "shop:all", "shop:read,shop:all"])
async def test_any_one_of_the_scopes_is_enough(http: httpx2.AsyncClient, scopes: str) -> None:
    answer = await http.get("/write", headers={"Authorization": f"bearer sue/{scopes}"})

    assert (answer.status_code, answer.json()) == (200, "sue")


async def test_operation_without_scopes_needs_a_token_only(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/me", headers=SUE)).json() == "sue"


async def test_anonymous_is_nobody_and_a_caller_is_known(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/who")).json() == "nobody"
    assert (await http.get("/who", headers=SUE)).json() == "sue"


async def test_error_of_the_service_has_the_status_that_it_says(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/sold-out")

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["description"]) == (900999, "Come back tomorrow.")


async def test_what_is_away_is_503_and_says_when_to_come_back(http: httpx2.AsyncClient) -> None:
    answer = await http.get("/unavailable")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["description"] == "The till is away."


async def test_health_and_metrics_are_there_and_need_no_token(http: httpx2.AsyncClient) -> None:
    for path in ("/livez", "/readyz", "/healthz", "/metrics"):
        assert (await http.get(path)).status_code == 200


async def test_docs_page_loads_only_what_the_service_serves(http: httpx2.AsyncClient) -> None:
    page = await http.get("/docs")

    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) >= 4
    for link in links:
        if not link.startswith("data:"):
            assert not urlsplit(link).netloc
            assert (await http.get(link)).status_code == 200, link


async def test_docs_page_forbids_the_browser_to_load_from_elsewhere(http: httpx2.AsyncClient) -> None:
    policy = (await http.get("/docs")).headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "http" not in policy


async def test_docs_page_starts_with_the_document_of_this_service(http: httpx2.AsyncClient) -> None:
    script = (await http.get("/docs/static/docs.js")).text
    document = (await http.get("/openapi.json")).json()

    assert 'url: "/openapi.json"' in script
    assert "http" not in script.replace("/openapi", "")
    assert document["info"]["title"] == "Shop"
    assert not {path for path in document["paths"] if path.startswith(("/docs", "/livez", "/metrics"))}


async def test_docs_files_are_no_way_out_of_their_folder(http: httpx2.AsyncClient) -> None:
    for path in ("/docs/static/../docs_page.py", "/docs/static/%2e%2e/docs_page.py", "/docs/static/..%2fdocs_page.py"):
        assert (await http.get(path)).status_code == 404


def test_vendored_files_are_those_of_the_lock() -> None:
    locked = json.loads((STATIC / "vendor.lock.json").read_text())["swagger-ui-dist"]
    folder = STATIC / f"swagger-ui-{locked['version']}"

    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}

    assert found == locked["files"]
