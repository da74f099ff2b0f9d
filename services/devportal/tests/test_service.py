"""The devportal as a whole: its OpenAPI document, settings, and that importing it does nothing."""

from __future__ import annotations

import json
import re

import pytest

from devportal.settings import Settings
from hosting.settings import UnusableSettings

from .world import World

_PUBLIC = {"listApis", "getApi", "listTags", "listPlans", "getPlan"}
ENVIRONMENT = {
    "DEVPORTAL_DATABASE_URL": "sqlite:///devportal.db",
    "DEVPORTAL_CLIENT_SECRET": "a-secret-of-some-length",
}


async def test_every_operation_is_described(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()

    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    for operation in operations:
        expected = {"400", "401"} if operation["operationId"] in _PUBLIC else {"400", "401", "403"}
        assert operation["summary"], operation
        assert operation["description"], operation
        assert expected <= set(operation["responses"]), operation["operationId"]
        assert "422" not in operation["responses"], operation["operationId"]
        assert operation["security"]


async def test_every_reference_in_the_document_leads_somewhere(world: World) -> None:
    text = (await world.client.get("/openapi.json")).text

    schemas = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/([^\"]+)", text)) <= set(schemas)


async def test_bodies_and_answers_have_wso2s_names(world: World) -> None:
    schemas = (await world.client.get("/openapi.json")).json()["components"]["schemas"]

    assert {"applicationId", "throttlingPolicy", "tokenType", "hashEnabled"} <= set(
        schemas["ApplicationBody"]["properties"]
    )
    assert {"endpointURLs", "tiers", "isSubscriptionAvailable"} <= set(schemas["ApiAnswer"]["properties"])
    assert set(schemas["EndpointUrls"]["properties"]) == {
        "environmentName",
        "environmentDisplayName",
        "environmentType",
        "URLs",
        "defaultVersionURLs",
    }


async def test_docs_page_loads_nothing_from_elsewhere(world: World) -> None:
    page = (await world.client.get("/docs")).text

    assert "http://" not in page
    assert "https://" not in page


def test_settings_have_the_defaults_of_one_machine() -> None:
    settings = Settings.from_environment(ENVIRONMENT | {"DEVPORTAL_PORT": "tcp://10.0.0.1:8082"})

    assert (settings.http_port, settings.keymanager_url) == (8082, "http://localhost:8083")
    assert "a-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEVPORTAL_HTTP_PORT", "70000"),
        ("DEVPORTAL_CLIENT_SECRET", "short"),
        ("DEVPORTAL_CLIENT_SECRET", ""),
        ("DEVPORTAL_KEYMANAGER_URL", "localhost:8083"),
        ("DEVPORTAL_KEYMANAGER_URL", "http://me:secret@localhost"),
        ("DEVPORTAL_COLOUR", "red"),
    ],
)
def test_unusable_setting_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(UnusableSettings, match=name):
        Settings.from_environment(ENVIRONMENT | {name: value})
